import { createHash } from 'node:crypto'
import { Worker } from '@temporalio/worker'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { DecideArgs, OpenTask, RunStepResult, TaskAction } from '#domain/case-messages.ts'
import { checkMap } from '#domain/check-map.ts'
import { compilePlan } from '#domain/compile-plan.ts'
import type { CasePlan } from '#domain/plan.ts'
import { buildWorkflows } from '#workers/build.ts'
import { anyMap } from './support/any-map.ts'
import { aDecision, lena, maya, sam, startEngine, type Engine, type RunningCase } from './support/engine.ts'
import { aDocument, aDraft, type Script } from './support/scripted-work.ts'

const cases = 50
const atOnce = 8
const decisionsAtRandom = 10
const people = [
  maya,
  sam,
  lena,
  { id: 'noor', name: 'Noor', sample: false },
  { id: 'kim', name: 'Kim', sample: false },
]
const seed = Number(process.env['FUZZ_SEED'] ?? 20_260_801)

/** Chance that can be repeated. */
function chance(from: number): () => number {
  let state = from
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

function oneOf<T>(random: () => number, items: readonly T[]): T {
  const item = items[Math.floor(random() * items.length)]
  if (item === undefined) throw new Error('nothing to choose from')
  return item
}

const failures = ['ai-unavailable', 'ai-invalid', 'ai-declined', 'timed-out']

function scriptOf(random: () => number): Partial<Script> {
  return {
    runStep: ({ conditionFields }): RunStepResult => {
      if (random() < 0.3) {
        return { status: 'failed', failure: { cause: oneOf(random, failures), message: 'no', raw: null } }
      }
      const values = { urgent: oneOf(random, [true, false, null]), amount: 5 }
      return aDraft(
        ['summary', 'urgent', 'amount'],
        Object.fromEntries(Object.entries(values).filter(([name]) => conditionFields.includes(name))),
      )
    },
    openTask: ({ task }) => {
      if (random() < 0.8) return { dueAt: null, tiers: [] }
      const at = task.dueAt ?? task.openedAt + 20
      return { dueAt: new Date(at).toISOString(), tiers: [new Date(at + 30).toISOString()] }
    },
  }
}

/** The first of these that a task offers leads on. */
const onwards: TaskAction[] = ['approve', 'complete', 'skip', 'by-hand', 'stop']

function decisionOn(task: OpenTask, random: () => number, calm: boolean): Partial<DecideArgs> {
  const action = calm
    ? (onwards.find((each) => task.options.includes(each)) ?? 'stop')
    : oneOf(random, task.options)
  const writes = ['edit', 'complete', 'skip', 'fix-and-retry'].includes(action)
  return {
    action,
    by: oneOf(random, people),
    reason: oneOf(random, ['Tone', 'lost']),
    editRef: writes ? aDocument() : null,
    editedFields: writes ? ['urgent', 'amount'] : [],
    values: writes ? { urgent: random() < 0.3 } : {},
  }
}

type Played = { running: RunningCase; plan: CasePlan; updates: number; windows: number }

describe('any map that can be published', () => {
  let engine: Engine
  beforeAll(async () => {
    engine = await startEngine()
  })
  afterAll(async () => engine.close())

  const plans = fc
    .sample(
      anyMap.filter((map) => checkMap(map).length === 0),
      { numRuns: cases, seed },
    )
    .map((map, index) =>
      compilePlan(map, {
        mapId: `map-${index}`,
        version: 1,
        sha256: (text) => createHash('sha256').update(text).digest('hex'),
      }),
    )

  async function play(plan: CasePlan, index: number): Promise<Played> {
    const random = chance(seed + index)
    const undoMs = random() < 0.2 ? 100 : 0
    const values = Object.fromEntries(Object.keys(plan.vars).map((name) => [name, null]))
    const running = await engine.start(plan, { script: scriptOf(random), undoMs, values })
    const state = { ended: false, updates: 0, windows: 0 }
    const result = running.result().finally(() => {
      state.ended = true
    })
    const settled = new Set<string>()
    for (let taken = 0, tried = 0; !state.ended; tried += 1) {
      if (tried > 2_000) throw new Error(`${plan.mapId} does not end: ${JSON.stringify(plan)}`)
      const task = newestTask(running)
      if (task === null || settled.has(`${task.taskId} ${task.version}`)) {
        await new Promise((resolve) => setTimeout(resolve, 5))
        continue
      }
      const decision = aDecision(task, decisionOn(task, random, taken >= decisionsAtRandom))
      try {
        const reply = await running.decide(task, decision)
        taken += 1
        if (reply.status === 'applied') settled.add(`${task.taskId} ${task.version}`)
        if (reply.status === 'counted') state.updates += 1
        if (reply.undoUntil !== null) state.windows += 1
        if (reply.undoUntil !== null && random() < 0.3) {
          await running.undo(decision.decisionId, decision.by)
          state.updates += 1
        }
      } catch {
        // Refused: too late, somebody's own work, or the case has ended.
        await new Promise((resolve) => setTimeout(resolve, 5))
      }
    }
    await result
    return { running, plan, updates: state.updates, windows: state.windows }
  }

  function newestTask(running: RunningCase): OpenTask | null {
    const opened = engine.work
      .callsOf(running.caseId)
      .flatMap((call) => (call.name === 'openTask' ? [call.request.task] : []))
    return opened.at(-1) ?? null
  }

  it(`is walked to an end, within its budget, and replays (seed ${seed})`, async () => {
    expect(plans).toHaveLength(cases)
    const played: Played[] = []
    const queue = plans.map((plan, index) => ({ plan, index }))
    await Promise.all(
      Array.from({ length: atOnce }, async () => {
        for (let each = queue.shift(); each !== undefined; each = queue.shift()) {
          played.push(await play(each.plan, each.index))
        }
      }),
    )

    for (const one of played) await check(one)
    const histories = await Promise.all(played.map(async ({ running }) => running.history()))
    const replayed = Worker.runReplayHistories(
      { workflowBundle: { codePath: await buildWorkflows() } },
      histories,
    )
    for await (const { workflowId, error } of replayed) {
      expect(error, workflowId).toBeUndefined()
    }
  })

  async function check({ running, plan, updates, windows }: Played): Promise<void> {
    const calls = engine.work.callsOf(running.caseId)
    const facts = engine.work.factsOf(running.caseId)
    const context = `${plan.mapId}: ${JSON.stringify(plan)}`

    // Nothing was told twice, and nothing was lost.
    expect(
      facts.map(({ seq }) => seq),
      context,
    ).toEqual(facts.map((_, index) => index + 1))

    // No piece of work was done twice.
    const execIds = calls.flatMap((call) => (call.name === 'runStep' ? [call.request.execId] : []))
    expect(new Set(execIds).size, context).toBe(execIds.length)
    expect(calls.filter(({ name }) => name === 'closeCase')).toHaveLength(1)

    // Each visit ended once.
    const ended = facts.flatMap((fact) =>
      fact.type === 'step-finished' || fact.type === 'step-abandoned' ? [fact.execId] : [],
    )
    expect(new Set(ended).size, context).toBe(ended.length)

    // The history kept to its budget.
    const count = (name: string): number => calls.filter((call) => call.name === name).length
    const events = Object.values(await running.events()).reduce((sum, each) => sum + each, 0)
    const budget =
      5 +
      6 * (count('runStep') + 1) +
      13 * count('openTask') +
      11 * count('escalateTask') +
      5 * (updates + windows) +
      6 * count('flushFacts')
    expect(events, context).toBeLessThanOrEqual(budget)
  }
})
