import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { chance } from '#samples/chance.ts'
import { inject, wordsOf } from './faults/fault.ts'
import { planOf } from './faults/plan.ts'
import { finish, type RunResult } from './finish.ts'
import { createClient } from './load/client.ts'
import { historyIn } from './load/history.ts'
import { startLoad } from './load/load.ts'
import type { Office } from './load/office.ts'
import type { Stand } from './stand/stand.ts'

export type SeedOptions = {
  stand: Stand
  office: Office
  seed: number
  faultsMs: number
  /** Most cases that people start meanwhile. */
  most: number
  say: (words: string) => void
}

/** People work while the seed's faults come one after the other; then everything must drain and be whole. */
export async function runSeed({ stand, office, seed, faultsMs, most, say }: SeedOptions): Promise<RunResult> {
  const history = historyIn(join(stand.home.root, `history-${seed}.jsonl`))
  const { apis, canaries } = stand
  const client = createClient({ apis, canaries, history, next: chance(seed + 7) })
  const { personal } = canaries
  const load = startLoad({ seed, client, history, office, personal, most, waiting: 40, commands: true })
  for (const { afterMs, forMs, fault } of planOf(seed, faultsMs)) {
    await sleep(afterMs)
    say(`  ${wordsOf(fault)}, ${forMs} ms`)
    history.add({ line: 'fault', what: wordsOf(fault), phase: 'begins' })
    const end = await inject(stand, fault)
    await sleep(forMs)
    await end()
    history.add({ line: 'fault', what: wordsOf(fault), phase: 'ends' })
  }
  const finished = await finish({ stand, client, history, load, mark: `case-${seed}-` })
  return { scenario: 'random faults', rows: [], seed, measured: [], ...finished }
}
