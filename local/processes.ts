import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { closeSync, openSync, readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

/** A process that cannot be mistaken for a later one with the same number. */
export type ProcessMark = { pid: number; startedAt: string }

/** Null when no such process runs; a zombie that nobody has collected counts as gone. */
export function markOf(pid: number): ProcessMark | null {
  const startedAt = process.platform === 'linux' ? linuxStart(pid) : psStart(pid)
  return startedAt === null ? null : { pid, startedAt }
}

export function isRunning(mark: ProcessMark): boolean {
  return markOf(mark.pid)?.startedAt === mark.startedAt
}

export async function untilGone(mark: ProcessMark, withinMs: number): Promise<boolean> {
  const deadline = Date.now() + withinMs
  while (isRunning(mark)) {
    if (Date.now() >= deadline) return false
    await sleep(25)
  }
  return true
}

/** Asks with `signal`, then insists with SIGKILL after `graceMs`. */
export async function stopProcess(
  mark: ProcessMark,
  { signal, graceMs }: { signal: NodeJS.Signals; graceMs: number },
): Promise<void> {
  if (!isRunning(mark)) return
  sendSignal(mark.pid, signal)
  if (await untilGone(mark, graceMs)) return
  sendSignal(mark.pid, 'SIGKILL')
  await untilGone(mark, 5_000)
}

export type ServerCommand = {
  command: string
  args: string[]
  env: NodeJS.ProcessEnv
  cwd: string
  logFile: string
  identity?: { uid: number; gid: number } | null
}

/** Starts a process in its own session, so that Ctrl-C in the terminal reaches only the launcher. */
export function spawnServer({ command, args, env, cwd, logFile, identity }: ServerCommand): ChildProcess {
  const log = openLog(logFile)
  const child = spawn(command, args, {
    cwd,
    env,
    detached: true,
    stdio: ['ignore', log, log],
    ...(identity ? { uid: identity.uid, gid: identity.gid } : {}),
  })
  closeSync(log)
  child.unref()
  return child
}

export function lastLines(file: string, count: number): string {
  try {
    return readFileSync(file, 'utf8').trimEnd().split('\n').slice(-count).join('\n')
  } catch {
    return ''
  }
}

/** Linux only: the processes whose working directory is `folder`. */
export function processesIn(folder: string): ProcessMark[] {
  if (process.platform !== 'linux') return []
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && workingFolder(name) === folder)
    .map((name) => markOf(Number(name)))
    .filter((mark) => mark !== null)
}

function workingFolder(pid: string): string | null {
  try {
    return readlinkSync(`/proc/${pid}/cwd`)
  } catch {
    return null
  }
}

function linuxStart(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The command name may hold spaces and brackets, so fields are counted after its closing bracket.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return fields[0] === 'Z' || fields[0] === 'X' ? null : (fields[19] ?? null)
  } catch {
    return null
  }
}

function psStart(pid: number): string | null {
  try {
    return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim() || null
  } catch {
    return null
  }
}

function sendSignal(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch {
    // It ended in the meantime, which is what was wanted.
  }
}

const largestLog = 5 * 1024 * 1024

function openLog(file: string): number {
  const isLarge = (statSync(file, { throwIfNoEntry: false })?.size ?? 0) > largestLog
  return openSync(file, isLarge ? 'w' : 'a', 0o600)
}
