import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { stopLeftover } from './app-process.ts'
import { chosenHome, type Home } from './home.ts'
import { withLock } from './lock.ts'
import { chooseWebPort } from './port-owner.ts'
import { isRunning, markOf, stopProcess } from './processes.ts'
import { createProgress, type Progress } from './progress.ts'
import { readRecord, writeRecord } from './run-records.ts'
import { createStack, type Stack } from './stack.ts'

/** Starts the whole stack, keeps it up until it is asked to stop, and returns the exit code. */
export async function launch({ isDev }: { isDev: boolean }): Promise<number> {
  const progress = createProgress((line) => process.stdout.write(`${line}\n`))
  // A closed pipe (`npm start | head`) must not end the servers half way.
  process.stdout.on('error', () => {})
  const stopAsked = untilStopAsked(progress)
  const home = chosenHome()
  progress.say('Throughline is starting.')
  await becomeTheLauncher(home, progress)
  const chosen = await chooseWebPort()
  if ('fault' in chosen) {
    progress.say(chosen.fault)
    return 1
  }
  progress.say(`  Web port: ${chosen.words}`)
  const stack = createStack({ home, progress, port: chosen.port, isDev })
  const startup = stack.start().catch((error: unknown) => ({ fault: wordsOf(error) }))
  const outcome = await Promise.race([startup, stopAsked])
  if (outcome && 'fault' in outcome) {
    progress.say(outcome.fault)
    await stack.stop()
    return 1
  }
  if (outcome) {
    progress.say(`Throughline is ready: ${outcome.url}`)
    await stopAsked
  }
  await stopStack(stack, startup)
  progress.say(`Stopped. What you made is kept in ${home.root}.`)
  return 0
}

async function stopStack(stack: Stack, startup: Promise<unknown>): Promise<void> {
  await stack.stop()
  // A part that was just starting is stopped as soon as it is up; a long download is not waited for.
  await Promise.race([startup, sleep(10_000)])
  await stack.stop()
}

/** One launcher per home: an earlier one hands over, and what a killed one left running is ended. */
async function becomeTheLauncher(home: Home, progress: Progress): Promise<void> {
  await withLock(join(home.run, 'launcher.lock'), async () => {
    const earlier = readRecord(home, 'launcher')
    if (earlier && isRunning(earlier)) {
      progress.say(
        `  Throughline already runs from this folder (process ${earlier.pid}); stopping that one first.`,
      )
      await stopProcess(earlier, { signal: 'SIGTERM', graceMs: 45_000 })
    }
    const own = markOf(process.pid)
    if (own) writeRecord(home, 'launcher', { ...own, port: null })
  })
  for (const name of ['colleagues', 'worker', 'api', 'web-watch', 'model']) {
    if (await stopLeftover(home, name))
      progress.say(`  Ended the ${name} that an earlier start left running.`)
  }
}

/** Resolves at the first signal; a second one, a moment later, does not wait for anybody. */
function untilStopAsked(progress: Progress): Promise<null> {
  return new Promise((resolve) => {
    let askedAt = 0
    const onSignal = (): void => {
      const now = Date.now()
      if (askedAt === 0) {
        askedAt = now
        progress.say('Stopping: the worker hands in its work first.')
        resolve(null)
      } else if (now - askedAt > 2_000) {
        // npm and tsx pass the same Ctrl-C on, so an echo within two seconds is not a second wish.
        progress.say('Stopping at once; the next start cleans up.')
        process.exit(1)
      }
    }
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal)
    if (process.env['npm_lifecycle_event']) whenParentEnds(onSignal)
  })
}

/** An npm that was killed cannot pass a signal on; nobody would be left to press Ctrl-C. */
function whenParentEnds(stop: () => void): void {
  const parent = process.ppid
  const looking = setInterval(() => {
    if (process.ppid === parent) return
    clearInterval(looking)
    stop()
  }, 500)
  looking.unref()
}

function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const cause = error.cause instanceof Error ? `: ${error.cause.message}` : ''
  return `${error.message}${cause}`
}
