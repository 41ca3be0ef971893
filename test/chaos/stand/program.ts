import { spawn, type ChildProcess, type Serializable } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { projectRoot } from '#local/home.ts'

/** A program of ours as a child process. Unless it is held down, it is started again when it ends. */
export type Program = {
  name: string
  /** Starts it when it does not run; `more` adds to its environment for this one life. */
  up: (more?: Record<string, string>) => void
  /** Ends it and keeps it down. Resolves with the exit code when it is gone; null after a signal. */
  down: (signal: 'SIGKILL' | 'SIGTERM') => Promise<number | null>
  freeze: () => void
  thaw: () => void
  isRunning: () => boolean
  /** How often it ended without being told to. */
  deaths: () => number
  tell: (message: Serializable) => void
}

const restartAfterMs = 300

export function aProgram({
  name,
  entry,
  env,
  logs,
  onMessage = () => undefined,
}: {
  name: string
  entry: string
  env: Record<string, string>
  logs: string
  onMessage?: (message: unknown) => void
}): Program {
  let child: ChildProcess | null = null
  let isHeldDown = true
  let deaths = 0
  let gone: Promise<number | null> = Promise.resolve(null)

  const up = (more: Record<string, string> = {}): void => {
    isHeldDown = false
    if (child !== null) return
    const log = openSync(join(logs, `${name}.log`), 'a')
    const preload = join(projectRoot, 'test/chaos/stand/preload.mjs')
    const fresh = spawn(process.execPath, ['--import', 'tsx', '--import', preload, entry], {
      cwd: projectRoot,
      env: { PATH: process.env['PATH'] ?? '', HOME: logs, ...env, ...more },
      stdio: ['ignore', log, log, 'ipc'],
    })
    closeSync(log)
    child = fresh
    fresh.on('message', onMessage)
    fresh.on('error', () => undefined)
    gone = new Promise((resolve) => {
      fresh.once('exit', (code) => {
        child = null
        resolve(code)
        if (isHeldDown) return
        deaths += 1
        setTimeout(() => {
          if (!isHeldDown) up()
        }, restartAfterMs)
      })
    })
  }

  return {
    name,
    up,
    down: async (signal) => {
      isHeldDown = true
      child?.kill(signal)
      return gone
    },
    freeze: () => void child?.kill('SIGSTOP'),
    thaw: () => void child?.kill('SIGCONT'),
    isRunning: () => child !== null,
    deaths: () => deaths,
    tell: (message) => void child?.send(message),
  }
}
