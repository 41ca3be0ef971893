import type { Engine } from '../support/engine.ts'
import { faultsOf } from './faults/faults.ts'
import { play, type Played } from './play.ts'
import { openReplayer } from '../support/replayer.ts'

export type Fault = { index: number; faults: string[] }
export type FuzzResult = {
  seed: number
  maps: number
  steps: number
  activities: number
  decisions: number
  commands: number
  messages: number
  refused: number
  stopped: number
  undone: number
  /** How often a case went on in a new history, and in another version. */
  cuts: number
  moves: number
  movesRefused: number
  events: number
  broken: Fault[]
}

/** Plays the maps of a seed, some at a time, and replays every history. */
export async function fuzz(
  engine: Engine,
  {
    seed,
    indexes,
    atOnce,
    say = () => undefined,
    show = () => undefined,
  }: {
    seed: number
    indexes: number[]
    atOnce: number
    say?: (line: string) => void
    /** Takes every play that broke a promise. */
    show?: (played: Played) => Promise<void> | void
  },
): Promise<FuzzResult> {
  const total: FuzzResult = {
    seed,
    maps: 0,
    steps: 0,
    activities: 0,
    decisions: 0,
    commands: 0,
    messages: 0,
    refused: 0,
    stopped: 0,
    undone: 0,
    cuts: 0,
    moves: 0,
    movesRefused: 0,
    events: 0,
    broken: [],
  }
  const replayer = openReplayer(engine.workflowBundle)
  const queue = [...indexes]
  const walkQueue = async (): Promise<void> => {
    for (let index = queue.shift(); index !== undefined; index = queue.shift()) {
      const played = await play(engine, { seed, index })
      const replayed = await Promise.all(played.runs.map((run) => replayer.faultsOf(run)))
      const faults = [...faultsOf(played), ...replayed.flat()]
      count(total, played)
      engine.work.forget(played.running.caseId)
      if (faults.length > 0) {
        total.broken.push({ index, faults })
        say(`seed ${seed}, map ${index}: ${faults.join('; ')}`)
        await show(played)
      }
      if (total.maps % 100 === 0) say(`${total.maps} maps, ${total.broken.length} with faults`)
    }
  }
  await Promise.all(Array.from({ length: atOnce }, walkQueue))
  await replayer.close()
  total.broken.sort((a, b) => a.index - b.index)
  return total
}

function count(total: FuzzResult, { versions, calls, asked, facts, runs }: Played): void {
  const maps = versions.flatMap(({ plan }) => [plan, ...Object.values(plan.subs ?? {})])
  const moved = facts.filter(({ type }) => type === 'case-moved').length
  total.maps += 1
  total.steps += maps.reduce((sum, { steps }) => sum + Object.keys(steps).length, 0)
  total.activities += calls.length
  total.decisions += asked.decided
  total.commands += asked.commands
  total.messages += asked.messages
  total.refused += asked.refused
  total.stopped += asked.stopped === null ? 0 : 1
  total.undone += facts.filter(({ type }) => type === 'step-undone').length
  total.cuts += runs.length - 1 - moved
  total.moves += moved
  total.movesRefused += asked.moves.filter(({ answered }) => answered !== 'moving').length
  total.events += runs.reduce((sum, { history }) => sum + (history.events?.length ?? 0), 0)
}
