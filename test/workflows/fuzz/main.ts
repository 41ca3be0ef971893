import { mkdir, writeFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { historyToJSON } from '@temporalio/common/lib/proto-utils'
import { earlyCutBundle, startEngine } from '../support/engine.ts'
import { fuzz } from './run.ts'
import { versionsAt } from './versions.ts'

/**
 * `npm run fuzz -- --maps 10000 --seed N --json <file>`; one map again: `--seed N --map I --show`. Ends with exit
 * code 1 when a promise was broken. `--histories <folder>` keeps the histories of those, `--times` plays one map
 * more than once, since a machine never times everything alike.
 */
const { values } = parseArgs({
  options: {
    maps: { type: 'string', default: '1000' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    map: { type: 'string' },
    times: { type: 'string', default: '1' },
    'at-once': { type: 'string', default: '12' },
    json: { type: 'string' },
    show: { type: 'boolean', default: false },
    histories: { type: 'string' },
  },
})
const seed = Number(values.seed)
const one = values.map === undefined ? null : Number(values.map)
console.log(`Seed ${seed}. One map again: npm run fuzz -- --seed ${seed} --map <index> --show`)
if (one !== null && values.show) {
  for (const version of versionsAt({ seed, index: one })) console.log(JSON.stringify(version, null, 2))
}
const engine = await startEngine({ workflowBundle: await earlyCutBundle() })
const startedAt = performance.now()
const indexes =
  one === null
    ? Array.from({ length: Number(values.maps) }, (_, index) => index)
    : Array.from({ length: Number(values.times) }, () => one)
const result = await fuzz(engine, {
  seed,
  indexes,
  atOnce: Number(values['at-once']),
  say: (line) => console.log(line),
  show: async ({ running, index, calls, asked, runs }) => {
    if (values.histories !== undefined) {
      await mkdir(values.histories, { recursive: true })
      for (const [nth, { history }] of runs.entries()) {
        const name = `${seed}-${index}-${running.caseId}-${nth + 1}.json`
        await writeFile(`${values.histories}/${name}`, historyToJSON(history))
      }
    }
    if (!values.show) return
    console.log({
      ...asked,
      moves: asked.moves.map(({ said, answered, isStill }) => ({ said, answered, isStill })),
    })
    for (const { name, request, runId } of calls) {
      const nth = runs.findIndex((run) => run.runId === runId) + 1
      console.log(`run ${nth}`, name, 'execId' in request ? request.execId : '')
      for (const { at: _, ...fact } of request.facts) console.log('   ', JSON.stringify(fact))
    }
  },
})
const seconds = (performance.now() - startedAt) / 1000
await engine.close()
const { broken, ...counts } = result
console.table(counts)
console.log(`Took ${seconds.toFixed(0)} s. ${broken.length} of ${counts.maps} maps broke a promise.`)
if (values.json !== undefined) {
  await writeFile(values.json, `${JSON.stringify({ ...result, seconds }, null, 2)}\n`)
  console.log(`Everything is in ${values.json}.`)
}
process.exit(broken.length === 0 ? 0 : 1)
