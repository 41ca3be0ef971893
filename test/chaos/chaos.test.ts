import { describe, expect, it } from 'vitest'
import { tableOf } from './report.ts'
import { runSeed } from './run-seed.ts'
import { openSession } from './session.ts'

/** Short enough for every change; `npm run chaos` runs longer and with seeds of its own. */
const faultsMs = 20_000
const most = 24

describe('under faults that follow from a seed, nothing that was acknowledged is lost or done twice', () => {
  it.each([[1], [2], [3]])('with seed %i', async (seed) => {
    const said: string[] = []
    const session = await openSession({ seed, keep: false })
    try {
      const result = await runSeed({
        ...session,
        seed,
        faultsMs,
        most,
        say: (words) => void said.push(words),
      })
      process.stdout.write(`${said.join('\n')}\n${tableOf([result])}\n`)

      expect(result.violations).toEqual([])
      expect(result.cases).toBeGreaterThan(0)
      expect(result.faults).toBe(said.length)
    } finally {
      await session.close()
    }
  })
})
