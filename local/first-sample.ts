import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { demoPersonas } from '#domain/personas.ts'
import { samples } from '#samples/index.ts'
import type { Home } from './home.ts'

/**
 * The first start of a home opens on a sample pilot with its baseline. Only the first: whoever deletes it
 * does not want it back with the next start. Returns what happened, in words.
 */
export async function makeFirstSample(home: Home, url: string): Promise<string> {
  const [sample] = samples
  const owner = demoPersonas.find((persona) => persona.role === 'owner')
  if (!sample || !owner) throw new Error('there is no sample process, or nobody to own it')
  const mark = join(home.root, 'first-sample-made')
  if (existsSync(mark)) return 'was made at the first start'
  const response = await fetch(`${url}/api/samples/${sample.key}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'throughline-persona': owner.key },
    body: '{}',
    signal: AbortSignal.timeout(30_000),
  })
  if (!response.ok) {
    return `could not be made (${response.status}: ${(await response.text()).slice(0, 200)})`
  }
  writeFileSync(mark, '')
  return `${sample.name}, with its baseline and a pilot`
}
