import type { CaseResult, Fact } from '#domain/case-messages.ts'
import type { Engine, RunningCase } from '../support/engine.ts'
import { aDocument, type Call } from '../support/scripted-work.ts'
import { chance, type Chance } from './chance.ts'
import { nothingAsked, peopleOf, type Asked } from './people.ts'
import { runsOf, type Run } from '../support/runs.ts'
import { ownSeed, versionsAt, type Version, type Which } from './versions.ts'
import { nothingSeen, scriptFor, type Seen } from './worker-script.ts'

/** What is left of a case that was played to its end. */
export type Played = Which & {
  versions: [Version, ...Version[]]
  running: RunningCase
  /** Null when it did not end in time; `why` says what is known of it. */
  result: CaseResult | null
  why: string
  calls: Call[]
  facts: Fact[]
  seen: Seen
  asked: Asked
  runs: Run[]
}

/** Enough for a busy machine: where nothing has happened for so long, nothing will. */
const patienceMs = 60_000

/** Plays one case of a random map to its end. */
export async function play(engine: Engine, which: Which): Promise<Played> {
  const versions = versionsAt(which)
  const own = ownSeed(which)
  const dice = chance(own)
  const seen = nothingSeen()
  const asked = nothingAsked()
  const plan = versions[0].plan
  const running = await engine.start(plan, {
    script: scriptFor({ versions, seed: own, seen }),
    ...cutsOf(chance(own ^ 0x2545f491)),
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
  const people = peopleOf({ running, versions, dice, seen, asked })
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
    versions,
    running,
    result: state.why === '' || asked.stopped === 'cancelled' ? state.result : null,
    why: state.why,
    calls: engine.work.callsOf(running.caseId),
    facts: engine.work.factsOf(running.caseId),
    seen,
    asked,
    runs: await runsOf(running.handle),
  }
}

/** Two of three cases go on in a new history now and then: some at every gate, some once or twice. */
function cutsOf(dice: Chance): { longAfter?: number } {
  return dice.under(1 / 3) ? {} : { longAfter: 20 + dice.below(35) }
}

/** The last failed workflow task, if there is one, and where the case is. */
async function whyItHangs(running: RunningCase): Promise<string> {
  const last = (await runsOf(running.handle)).at(-1)
  const snapshot = await Promise.race([
    running.snapshot().catch((error: unknown) => String(error)),
    new Promise<string>((resolve) => setTimeout(() => resolve('no answer'), 5_000)),
  ])
  return `does not end: ${last?.failed ?? 'no failed workflow task'}; ${JSON.stringify(snapshot)}`
}
