import { describe, expect, test } from 'vitest'
import { taskActions, type TaskKind } from '#domain/case-messages.ts'
import { fits } from '#domain/check-map.ts'
import { varTypesOf } from '#domain/compile-plan.ts'
import { evaluateExpression, type CaseValues } from '#domain/expressions.ts'
import { sendBackTargetOf, stepById } from '#domain/graph.ts'
import type { FieldValues, ProcessMap, Step, StepId } from '#domain/process-map.ts'
import { chance, type Chance } from '#samples/chance.ts'
import { onboardingShares } from '#samples/client-onboarding/colleagues.ts'
import { samples } from '#samples/index.ts'
import { invoiceShares } from '#samples/invoice-exceptions/colleagues.ts'
import type { ColleagueDecision, Sample } from '#samples/sample.ts'

type Walk = {
  lanes: Set<StepId>
  end: StepId
  decisions: { step: Step; kind: TaskKind; decision: ColleagueDecision }[]
}

const needReason = new Set(['send-back', 'reject', 'by-hand', 'cannot-complete', 'stop'])

/** What an unhelpful model might draft: right in form, wrong in content. */
function poorDraft(map: ProcessMap, step: Extract<Step, { kind: 'ai' }>): FieldValues {
  return Object.fromEntries(
    map.fields
      .filter(({ name }) => step.outputs.includes(name))
      .map(({ name, type, choices }) => [
        name,
        type === 'number'
          ? 3
          : type === 'choice'
            ? (choices[0] ?? '')
            : 'Dear Sir, we write to you about your matter and remain at your service at any time.',
      ]),
  )
}

function nextOf(map: ProcessMap, step: Step, values: FieldValues): StepId {
  const types = varTypesOf(map)
  const read: CaseValues = Object.fromEntries(Object.keys(types).map((name) => [name, values[name] ?? null]))
  for (const link of map.links.filter(({ from }) => from === step.id)) {
    if (link.on === 'next' || link.on === 'otherwise') return link.to
    if (link.on !== 'when') continue
    const outcome = evaluateExpression(link.condition, types, read)
    if (!outcome.ok) throw new Error(`${step.id}: ${outcome.message}`)
    if (outcome.value) return link.to
  }
  throw new Error(`${step.id} leads nowhere`)
}

/** One case through the map with colleagues at every gate and a poor model. */
function walk(sample: Sample, intake: FieldValues, next: Chance): Walk {
  const { map, colleagues } = sample
  let values = { ...intake }
  let at: StepId = map.start
  const walked: Walk = { lanes: new Set(), end: '', decisions: [] }
  const decide = (kind: TaskKind, step: Step): ColleagueDecision => {
    const decision = colleagues({ kind, stepId: step.id, values, random: next() })
    walked.decisions.push({ step, kind, decision })
    values = { ...values, ...decision.values }
    return decision
  }
  for (let visit = 0; visit < 60; visit += 1) {
    const step = stepById(map, at)
    if (step === null) throw new Error(`no step ${at}`)
    if (step.lane !== null) walked.lanes.add(step.lane)
    if (step.kind === 'end') return { ...walked, end: step.id }
    if (step.kind === 'ai') values = { ...values, ...poorDraft(map, step) }
    if (step.kind === 'manual') decide('manual', step)
    if (step.kind === 'review') {
      const { action } = decide('review', step)
      const drafted = stepById(map, step.reviews)
      if (action === 'by-hand' && drafted !== null) decide('by-hand', drafted)
      if (action === 'send-back') {
        at = sendBackTargetOf(map, step)
        continue
      }
    }
    at = nextOf(map, step, values)
  }
  throw new Error('a case that never ends')
}

function walks(sample: Sample, rounds: number): Walk[] {
  const next = chance(99)
  return Array.from({ length: rounds }, () =>
    sample.intake.map((values) => walk(sample, values, next)),
  ).flat()
}

function laneShare(all: Walk[], lane: StepId): number {
  return all.filter(({ lanes }) => lanes.has(lane)).length / all.length
}

const statedShares: Record<string, Record<StepId, number>> = {
  'client-onboarding': {
    'missing-papers': onboardingShares.missingPapers,
    'scope-change': onboardingShares.scopeChange,
  },
  'invoice-exceptions': {
    'price-mismatch': invoiceShares.priceMismatch,
    duplicate: invoiceShares.duplicate,
  },
}

describe.each(samples)('sample colleagues of $name', (sample) => {
  const { map, colleagues, staff, key } = sample
  const all = walks(sample, 12)
  const decisions = all.flatMap((one) => one.decisions)

  test('are named as samples, and are enough for four eyes', () => {
    expect(staff.length).toBeGreaterThanOrEqual(2)
    expect(new Set(staff.map(({ id }) => id)).size).toBe(staff.length)
    for (const { name } of staff) expect(name).toMatch(/ \(sample\)$/)
  })

  test('choose only what the gate offers, with a reason wherever one is needed', () => {
    for (const { step, kind, decision } of decisions) {
      expect(taskActions[kind]).toContain(decision.action)
      expect(decision.reason !== null).toBe(needReason.has(decision.action))
      if (step.kind === 'review' && decision.action === 'send-back') {
        expect(step.sendBackReasons).toContain(decision.reason)
      }
    }
  })

  test('fill in every output of a step, and change only what the step gave', () => {
    for (const { step, decision } of decisions) {
      const drafted = step.kind === 'review' ? stepById(map, step.reviews) : step
      const outputs = drafted?.kind === 'ai' || drafted?.kind === 'manual' ? drafted.outputs : []
      const names = Object.keys(decision.values)
      if (decision.action === 'complete') expect(names.toSorted()).toEqual(outputs.toSorted())
      else expect(outputs).toEqual(expect.arrayContaining(names))
      expect(names.length > 0).toBe(decision.action === 'complete' || decision.action === 'edit')
      for (const [name, value] of Object.entries(decision.values)) {
        const field = map.fields.find((candidate) => candidate.name === name)
        expect(field !== undefined && fits(field, value), `${name}: ${String(value)}`).toBe(true)
      }
    }
  })

  test('lead every case to an end, and into each exception in about the stated share', () => {
    const shares = statedShares[key] ?? {}

    expect(Object.keys(shares).toSorted()).toEqual(map.exceptions.map(({ id }) => id).toSorted())
    for (const [lane, share] of Object.entries(shares)) {
      expect(Math.abs(laneShare(all, lane) - share), lane).toBeLessThan(0.05)
    }
  })

  test('lead cases that a visitor makes up into the exceptions as well', () => {
    const next = chance(5)
    const foreign = Array.from({ length: 400 }, (_, index) => ({
      ...sample.intake[index % sample.intake.length],
      [map.titleField]: `Visitor ${index}`,
    }))
    const strangers = foreign.map((values) => walk(sample, values, next))

    for (const [lane, share] of Object.entries(statedShares[key] ?? {})) {
      expect(Math.abs(laneShare(strangers, lane) - share), lane).toBeLessThan(0.06)
    }
  })

  test('think for seconds, not for minutes', () => {
    for (const { decision } of decisions) {
      expect(decision.thinkMs).toBeGreaterThan(1_000)
      expect(decision.thinkMs).toBeLessThanOrEqual(9_000)
    }
  })

  test('decide the same task with the same chance in the same way', () => {
    const values = sample.intake[4] ?? {}
    const task = { kind: 'review' as const, stepId: reviewOf(map), values, random: 0.42 }

    expect(colleagues(task)).toEqual(colleagues(task))
  })

  test('approve most good drafts, edit some, send back a few, rarely go on by hand', () => {
    const next = chance(17)
    const actions = Array.from({ length: 3_000 }, (_, index) => {
      const stepId = reviewOf(map)
      const values = { ...sample.intake[index % sample.intake.length], ...goodDraft(sample, index) }
      return colleagues({ kind: 'review', stepId, values, random: next() }).action
    })
    const share = (action: string): number => actions.filter((one) => one === action).length / actions.length

    expect(share('approve')).toBeGreaterThan(0.7)
    expect(share('edit')).toBeLessThan(0.16)
    expect(share('send-back')).toBeGreaterThan(0.04)
    expect(share('send-back')).toBeLessThan(0.09)
    expect(share('by-hand')).toBeGreaterThan(0.01)
    expect(share('by-hand')).toBeLessThan(0.06)
    expect(share('reject')).toBe(0)
  })

  test('repair what nobody planned: a rule gets its value, an AI step is done by hand', () => {
    const values = sample.intake[0] ?? {}

    for (const step of map.steps.filter(({ kind }) => kind === 'ai' || kind === 'decision')) {
      const { action, values: fixed } = colleagues({
        kind: 'exception',
        stepId: step.id,
        values,
        random: 0.3,
      })
      expect(action).toBe(step.kind === 'ai' ? 'by-hand' : 'fix-and-retry')
      if (step.kind === 'decision') expect(Object.values(fixed)).not.toContain(null)
    }
  })
})

/** The first gate whose draft has facts to be right or wrong about. */
function reviewOf(map: ProcessMap): StepId {
  const review = map.steps.find((step) => step.kind === 'review' && step.lane === null)
  if (review === undefined) throw new Error('a map without a review')
  return review.id
}

function goodDraft(sample: Sample, index: number): FieldValues {
  const review = stepById(sample.map, reviewOf(sample.map))
  if (review?.kind !== 'review') throw new Error('no review')
  const values = sample.intake[index % sample.intake.length] ?? {}
  return sample.colleagues({ kind: 'by-hand', stepId: review.reviews, values, random: 0.5 }).values
}
