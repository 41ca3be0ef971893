import { historyToJSON } from '@temporalio/common/lib/proto-utils'
import fc from 'fast-check'
import { z } from 'zod'
import type { CaseResult, Fact } from '#domain/case-messages.ts'
import { compilePlan } from '#domain/compile-plan.ts'
import type { CasePlan } from '#domain/plan.ts'
import { anyProcess, publishedOf, sha256, type AnyProcess } from '../support/any-map.ts'
import { eventCounts, type Engine, type RunningCase } from '../support/engine.ts'
import { aDocument, type Call } from '../support/scripted-work.ts'
import { chance } from './chance.ts'
import { nothingAsked, peopleOf, type Asked } from './people.ts'
import { nothingSeen, scriptFor, type Seen } from './worker-script.ts'

/** One map, and one way of working it: `seed` and `index` say everything. */
export type Which = { seed: number; index: number }

/** What is left of a case that was played to its end. */
export type Played = Which & {
  process: AnyProcess
  plan: CasePlan
  running: RunningCase
  /** Null when it did not end in time; `why` says what is known of it. */
  result: CaseResult | null
  why: string
  calls: Call[]
  facts: Fact[]
  seen: Seen
  asked: Asked
  events: Record<string, number>
}

export function processAt({ seed, index }: Which): AnyProcess {
  const [process] = fc.sample(anyProcess, { numRuns: 1, seed: seed + index })
  if (process === undefined) throw new Error('no map was made')
  return process
}

export function planAt(which: Which): CasePlan {
  const { map, others } = processAt(which)
  return compilePlan(map, { mapId: 'any', version: 1, sha256, find: publishedOf(others) })
}

/** Enough for a busy machine: where nothing has happened for so long, nothing will. */
const patienceMs = 60_000

/** Plays one case of a random map to its end. */
export async function play(engine: Engine, which: Which): Promise<Played> {
  const plan = planAt(which)
  const own = which.seed * 7_919 + which.index
  const dice = chance(own)
  const seen = nothingSeen()
  const asked = nothingAsked()
  const running = await engine.start(plan, {
    script: scriptFor({ plan, seed: own, seen }),
    undoMs: dice.under(0.25) ? 80 : 0,
    values: Object.fromEntries(Object.keys(plan.vars).map((name) => [name, null])),
    fields: Object.fromEntries(['sender', 'letter', 'lines', 'day'].map((name) => [name, aDocument(name)])),
  })
  const state: { isOver: boolean; result: CaseResult | null; why: string } = {
    isOver: false,
    result: null,
    why: '',
  }
  const ended = running.result().then(
    (result) => {
      state.isOver = true
      state.result = result
    },
    (error: unknown) => {
      state.isOver = true
      const isCancelled = asked.stopped === 'cancelled'
      state.result = isCancelled ? { status: 'cancelled', outcome: 'Cancelled' } : null
      if (state.why === '') state.why = String(error)
    },
  )
  const people = peopleOf({ running, plan, dice, seen, asked })
  let last = { happened: 0, at: Date.now() }
  while (!state.isOver) {
    const happened = seen.clock + asked.decided
    if (happened !== last.happened) last = { happened, at: Date.now() }
    if (Date.now() > last.at + patienceMs) {
      state.why = await whyItHangs(running)
      await running.handle.terminate('it does not end').catch(() => undefined)
      break
    }
    await people.act()
    await new Promise((resolve) => setTimeout(resolve, dice.below(8)))
  }
  await ended
  return {
    ...which,
    process: processAt(which),
    plan,
    running,
    result: state.why === '' || asked.stopped === 'cancelled' ? state.result : null,
    why: state.why,
    calls: engine.work.callsOf(running.caseId),
    facts: engine.work.factsOf(running.caseId),
    seen,
    asked,
    events: await eventCounts(running.handle),
  }
}

const Failures = z.object({
  events: z.array(
    z.looseObject({
      eventType: z.string(),
      workflowTaskFailedEventAttributes: z
        .looseObject({ failure: z.looseObject({ message: z.string().optional() }).optional() })
        .optional(),
    }),
  ),
})

/** The last failed workflow task, if there is one, and where the case is. */
async function whyItHangs(running: RunningCase): Promise<string> {
  const history = await running.handle.fetchHistory()
  const { events } = Failures.parse(JSON.parse(historyToJSON(history)))
  const failed = events.findLast(({ eventType }) => eventType === 'EVENT_TYPE_WORKFLOW_TASK_FAILED')
  const message = failed?.workflowTaskFailedEventAttributes?.failure?.message
  const snapshot = await Promise.race([
    running.snapshot().catch((error: unknown) => String(error)),
    new Promise<string>((resolve) => setTimeout(() => resolve('no answer'), 5_000)),
  ])
  return `does not end: ${message ?? 'no failed workflow task'}; ${JSON.stringify(snapshot)}`
}
