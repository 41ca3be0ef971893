import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { contract } from '#domain/contract.ts'
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
  const ask = async (path: string, init: RequestInit = {}): Promise<Response> =>
    fetch(`${url}${path}`, {
      ...init,
      headers: { 'content-type': 'application/json', 'throughline-persona': owner.key },
      signal: AbortSignal.timeout(30_000),
    })
  // A database that was restored, or that another home has used: making the sample would put it in place of theirs.
  const there = await ask(contract.processes.path)
  if (!there.ok) return `could not be made (${there.status})`
  if (contract.processes.reply.parse(await there.json()).length > 0) {
    writeFileSync(mark, '')
    return 'not made, since there are processes already'
  }
  const response = await ask(`/api/samples/${sample.key}`, { method: 'POST', body: '{}' })
  if (!response.ok) {
    return `could not be made (${response.status}: ${(await response.text()).slice(0, 200)})`
  }
  writeFileSync(mark, '')
  return `${sample.name}, with its baseline and a pilot`
}
