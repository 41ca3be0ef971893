import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { fuzz } from './fuzz/run.ts'
import { earlyCutBundle, startEngine, type Engine } from './support/engine.ts'

const maps = 200
const atOnce = 12
const seed = Number(process.env['FUZZ_SEED'] ?? 20_260_801)

describe('any map that can be published', () => {
  let engine: Engine
  beforeAll(async () => {
    engine = await startEngine({ workflowBundle: await earlyCutBundle() })
  })
  afterAll(async () => engine.close())

  it(
    `is walked to an end, joins rightly, does nothing twice, keeps to its budget and replays (seed ${seed})`,
    { timeout: 900_000 },
    async () => {
      const indexes = Array.from({ length: maps }, (_, index) => index)

      const { broken, ...counts } = await fuzz(engine, { seed, indexes, atOnce })

      if (broken.length > 0) console.warn(`seed ${seed}:`, JSON.stringify(broken, null, 2))
      expect(broken).toEqual([])
      expect(counts.maps).toBe(maps)
      // The plays reach all that the engine can do.
      for (const count of [
        counts.decisions,
        counts.commands,
        counts.messages,
        counts.stopped,
        counts.undone,
        counts.cuts,
        counts.moves,
      ]) {
        expect(count).toBeGreaterThan(0)
      }
    },
  )
})
