import { readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as z from 'zod'
import type { Home } from './home.ts'

/** What the next start needs to know about a process that this home started; it may have ended long ago. */
export const RunRecord = z.object({
  pid: z.number().int(),
  startedAt: z.string(),
  port: z.number().int().nullable(),
})
export type RunRecord = z.infer<typeof RunRecord>

export function readRecord(home: Home, name: string): RunRecord | null {
  try {
    return RunRecord.parse(JSON.parse(readFileSync(fileOf(home, name), 'utf8')))
  } catch {
    return null
  }
}

export function writeRecord(home: Home, name: string, record: RunRecord): void {
  const file = fileOf(home, name)
  writeFileSync(`${file}.new`, JSON.stringify(record))
  renameSync(`${file}.new`, file)
}

export function recordNames(home: Home): string[] {
  return readdirSync(home.run)
    .filter((name) => name.endsWith('.json'))
    .map((name) => name.slice(0, -'.json'.length))
}

function fileOf(home: Home, name: string): string {
  return join(home.run, `${name}.json`)
}
