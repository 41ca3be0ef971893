import { randomInt } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { openSession } from './session.ts'
import { tableOf } from './report.ts'
import { runScenario } from './run-scenario.ts'
import type { RunResult } from './finish.ts'
import { runSeed } from './run-seed.ts'
import { scenarios } from './scenarios/index.ts'

/**
 * `npm run chaos [-- --seed N] [--minutes M] [--scenario NAMES|all] [--json FILE] [--keep]`: the seed is printed first,
 * and the same seed gives the same plan. Exit code 1 when a promise was broken.
 */
const roundMs = 40_000
const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    minutes: { type: 'string' },
    scenario: { type: 'string' },
    json: { type: 'string' },
    keep: { type: 'boolean', default: false },
  },
})
const seed = numberOr(values.seed ?? process.env['CHAOS_SEED'], randomInt(1, 1_000_000))
const minutes = numberOr(values.minutes, 0)
const names = values.scenario?.split(',') ?? []
const chosen = names.includes('all')
  ? scenarios
  : names.flatMap((wanted) => scenarios.filter(({ name }) => name === wanted))
if (chosen.length < names.length) {
  console.error(`Say which scenarios, by commas: all, ${scenarios.map(({ name }) => name).join(', ')}`)
  process.exit(2)
}

// Leaving in order ends the servers too.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => process.exit(130))

const say = (words: string): void => console.log(words)
say(`Seed ${seed}. The same again: CHAOS_SEED=${seed} npm run chaos`)
const results: RunResult[] = []
const tell = (result: RunResult): void => {
  results.push(result)
  for (const words of result.measured) say(`  ${words}`)
  // Said at once: a long run may be ended before its table.
  for (const { invariant, what } of result.violations) say(`  BROKEN ${invariant}: ${what}`)
  say(`  ${result.violations.length} violations, drained ${result.drainedMs} ms after the last fault`)
}
const until = Date.now() + minutes * 60_000
if (chosen.length > 0) {
  for (const scenario of chosen) {
    const session = await openSession({ seed, keep: values.keep })
    say(`${scenario.name} (rows ${scenario.rows.join(', ')}): ${scenario.promise}`)
    try {
      const result = await runScenario({ ...session, seed, scenario })
      tell(result)
    } finally {
      await session.close()
    }
  }
} else {
  const session = await openSession({ seed, keep: values.keep })
  try {
    for (let round = 0; round === 0 || Date.now() < until; round += 1) {
      say(`Round ${round + 1}, seed ${seed + round}`)
      tell(await runSeed({ ...session, seed: seed + round, faultsMs: roundMs, most: 1_000, say }))
    }
  } finally {
    await session.close()
  }
}
say(`\n${tableOf(results)}`)
if (values.json !== undefined) {
  await writeFile(values.json, `${JSON.stringify({ seed, results }, null, 2)}\n`)
  say(`\nFigures are in ${values.json}.`)
}
process.exit(results.every(({ violations }) => violations.length === 0) ? 0 : 1)

function numberOr(text: string | undefined, otherwise: number): number {
  if (text === undefined) return otherwise
  const number = Number(text)
  if (Number.isInteger(number) && number >= 0) return number
  console.error(`"${text}" is no whole number`)
  return process.exit(2)
}
