import { join } from 'node:path'
import { projectRoot, type Home } from './home.ts'
import { lastLines, markOf, spawnServer, stopProcess } from './processes.ts'
import { readRecord, writeRecord } from './run-records.ts'
import type { Running } from './supervise.ts'

/** One of our own programs, run from its source. */
export type AppProgram = {
  name: 'worker' | 'api' | 'web-watch' | 'colleagues'
  title: string
  args: string[]
  port: number | null
  /** How long it may take to finish what it is doing when asked to stop. */
  graceMs: number
}

export function startApp({
  home,
  program,
  env,
}: {
  home: Home
  program: AppProgram
  env: Record<string, string>
}): Running {
  const child = spawnServer({
    command: process.execPath,
    args: program.args,
    env: { ...process.env, ...env },
    cwd: projectRoot,
    logFile: logOf(home, program.name),
  })
  const mark = child.pid === undefined ? null : markOf(child.pid)
  if (!mark) throw new Error(`${program.name} could not be started from ${program.args.join(' ')}`)
  writeRecord(home, program.name, { ...mark, port: program.port })
  return { process: mark, stop: () => stopProcess(mark, { signal: 'SIGTERM', graceMs: program.graceMs }) }
}

/** What an earlier, killed launcher left running: its code may be older than ours. */
export async function stopLeftover(home: Home, name: string): Promise<boolean> {
  const record = readRecord(home, name)
  if (!record || markOf(record.pid)?.startedAt !== record.startedAt) return false
  await stopProcess(record, { signal: 'SIGTERM', graceMs: 15_000 })
  return true
}

export function lastWords(home: Home, name: string): string {
  return lastLines(logOf(home, name), 15)
}

export function logOf(home: Home, name: string): string {
  return join(home.logs, `${name}.log`)
}
