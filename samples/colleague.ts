import { stepById } from '#domain/graph.ts'
import type { FieldName, FieldValue, FieldValues, ProcessMap, Step, StepId } from '#domain/process-map.ts'
import { chanceFrom, logNormal, pick, type Chance } from './chance.ts'
import type { ColleagueDecision, Colleagues, ColleagueTask, SampleCase } from './sample.ts'

/** How often a draft without a wrong fact is not simply approved. */
type ReviewShares = { edit: number; sendBack: number; byHand: number }

/** How the colleagues of one sample work. */
export type ColleagueHabits = {
  map: ProcessMap
  cases: SampleCase[]
  shares: ReviewShares
  /** Branches of a case that is not one of ours, in the stated shares. */
  guess: (values: FieldValues, next: Chance) => FieldValues
  /** How a person does a manual or AI step: all its outputs. `known` holds the truth where we know it. */
  write: Record<StepId, (known: FieldValues, next: Chance) => FieldValues>
  /** Outputs that are right or wrong: a wrong one is corrected, a long text is only polished. */
  facts: ReadonlySet<FieldName>
  /** A long text with a small improvement; the same text when there is nothing to improve. */
  polish: (name: FieldName, text: string) => string
}

const byHandReasons = ['Faster by hand', 'Wrong draft', 'Missing data']
const shortestText = 60

/** Sample colleagues: chance and the truth about our own cases decide, nothing else does. */
export function colleaguesOf(habits: ColleagueHabits): Colleagues {
  return (task) => {
    const next = chanceFrom(task.random)
    const thinkMs = Math.min(9_000, Math.round(1_200 + 2_200 * logNormal(0.5, next)))
    const step = stepById(habits.map, task.stepId)
    if (step === null) throw new Error(`${habits.map.name} has no step ${task.stepId}`)
    return { thinkMs, ...decide({ habits, task, step, next }) }
  }
}

type Deciding = { habits: ColleagueHabits; task: ColleagueTask; step: Step; next: Chance }
type Decided = Omit<ColleagueDecision, 'thinkMs'>

function decide(deciding: Deciding): Decided {
  const { habits, task, step, next } = deciding
  const known = knownOf(habits, task.values, next)
  switch (task.kind) {
    case 'review':
      return review({ ...deciding, known })
    case 'manual':
    case 'by-hand': {
      const stepId = step.kind === 'review' ? step.reviews : step.id
      return { action: 'complete', values: written({ habits, stepId, known, next }), reason: null }
    }
    case 'exception':
      return repair({ step, known })
  }
}

/** Our own cases as they truly are; of others what stands there already, and a guess for the rest. */
function knownOf(habits: ColleagueHabits, values: FieldValues, next: Chance): FieldValues {
  const title = values[habits.map.titleField]
  const ours = habits.cases.find((one) => one.values[habits.map.titleField] === title)
  if (ours !== undefined) return { ...values, ...ours.truth }
  const given = Object.entries(values).filter(([, value]) => value !== null)
  return { ...values, ...habits.guess(values, next), ...Object.fromEntries(given) }
}

function written(given: {
  habits: ColleagueHabits
  stepId: StepId
  known: FieldValues
  next: Chance
}): FieldValues {
  const write = given.habits.write[given.stepId]
  if (write === undefined) throw new Error(`nobody knows how to do ${given.stepId} by hand`)
  return write(given.known, given.next)
}

function review({ habits, task, step, next, known }: Deciding & { known: FieldValues }): Decided {
  if (step.kind !== 'review') throw new Error(`${step.id} is no review`)
  const { shares } = habits
  const roll = next()
  if (roll < shares.byHand) {
    return { action: 'by-hand', values: {}, reason: pick(byHandReasons, next) }
  }
  if (roll < shares.byHand + shares.sendBack) {
    const reasons = step.sendBackReasons.filter((reason) => reason !== 'Other')
    return { action: 'send-back', values: {}, reason: pick(reasons, next) }
  }
  const wantsToPolish = roll < shares.byHand + shares.sendBack + shares.edit
  const byHand = written({ habits, stepId: step.reviews, known, next })
  const changes = Object.entries(byHand).flatMap(([name, right]): [FieldName, FieldValue][] => {
    const draft = task.values[name] ?? null
    const better = betterValue({ habits, name, draft, right, wantsToPolish })
    return better === draft ? [] : [[name, better]]
  })
  if (changes.length === 0) return { action: 'approve', values: {}, reason: null }
  return { action: 'edit', values: Object.fromEntries(changes), reason: null }
}

/** What a reader would put in place of the draft; the draft itself when it will do. */
function betterValue(given: {
  habits: ColleagueHabits
  name: FieldName
  draft: FieldValue
  right: FieldValue
  wantsToPolish: boolean
}): FieldValue {
  const { habits, name, draft, right, wantsToPolish } = given
  if (habits.facts.has(name)) return isSame(draft, right) ? draft : right
  if (typeof draft !== 'string' || draft.trim() === '') return right
  const isLong = habits.map.fields.find((field) => field.name === name)?.type === 'long-text'
  if (!isLong) return draft
  if (draft.length < shortestText) return right
  return wantsToPolish ? habits.polish(name, draft) : draft
}

function isSame(draft: FieldValue, right: FieldValue): boolean {
  const plain = (value: FieldValue): FieldValue =>
    typeof value === 'string' ? value.trim().toLowerCase() || null : value
  return plain(draft) === plain(right)
}

/** A rule that lacks a value gets the value; what AI could not do is done by hand; the rest is tried again. */
function repair({ step, known }: { step: Step; known: FieldValues }): Decided {
  if (step.kind === 'decision') {
    const values = Object.fromEntries(step.inputs.map((name) => [name, known[name] ?? null]))
    return { action: 'fix-and-retry', values, reason: null }
  }
  if (step.kind === 'ai') return { action: 'by-hand', values: {}, reason: 'Faster by hand' }
  return { action: 'retry', values: {}, reason: null }
}

/** The value as text; empty when it is not known. */
export function textOf(value: FieldValue | undefined): string {
  return typeof value === 'string' ? value.trim() : typeof value === 'number' ? String(value) : ''
}
