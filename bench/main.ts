import { existsSync } from 'node:fs'
import { readdir, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { z } from 'zod'

/** `npm run bench -- <name> [--quick] [--json <file>]`: each file beside this one is a benchmark. */
const Benchmark = z.object({
  bench: z.custom<(options: { isQuick: boolean; say: (line: string) => void }) => Promise<unknown>>(
    (value) => typeof value === 'function',
  ),
})

const here = fileURLToPath(new URL('.', import.meta.url))
const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { quick: { type: 'boolean', default: false }, json: { type: 'string' } },
})
const [name = ''] = positionals

if (!/^[a-z][a-z-]*$/.test(name) || name === 'main' || !existsSync(`${here}${name}.ts`)) {
  const files = await readdir(here)
  const names = files.flatMap((file) => (/^(?!main)[a-z-]+\.ts$/.test(file) ? [file.slice(0, -3)] : []))
  console.error(`Say which benchmark: npm run bench -- ${names.join(' | ')} [--quick] [--json <file>]`)
  process.exit(2)
}

const { bench } = Benchmark.parse(await import(`./${name}.ts`))
const startedAt = performance.now()
const figures = await bench({ isQuick: values.quick, say: (line) => console.log(line) })
console.log(`\nTook ${((performance.now() - startedAt) / 1000).toFixed(1)} s.`)
if (values.json !== undefined) {
  await writeFile(values.json, `${JSON.stringify(figures, null, 2)}\n`)
  console.log(`Figures are in ${values.json}.`)
}
// Servers that were started for this stay up for the next run; our own connections do not keep us.
process.exit(0)
