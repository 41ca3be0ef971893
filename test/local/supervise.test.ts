import { spawn } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, expect, test } from 'vitest'
import { isRunning, markOf, stopProcess, type ProcessMark } from '#local/processes.ts'
import { keepRunning, type Running } from '#local/supervise.ts'

const started: ProcessMark[] = []

afterEach(async () => {
  for (const mark of started.splice(0)) await stopProcess(mark, { signal: 'SIGKILL', graceMs: 1_000 })
})

test('a part that is killed is started again, and said so', async () => {
  const said: string[] = []
  const kept = keepRunning({
    name: 'The part',
    part: begin(),
    startAgain: async () => begin(),
    ...silent(said),
  })

  process.kill(lastPid(), 'SIGKILL')
  await until(() => started.length === 2)

  await kept.stop()
  expect(said[0]).toBe('The part has ended; starting it again')
  expect(said[1]).toMatch(/^The part runs again/)
  expect(kept.timesRestarted()).toBe(1)
})

test('a part that was asked to stop stays stopped', async () => {
  const said: string[] = []
  const kept = keepRunning({
    name: 'The part',
    part: begin(),
    startAgain: async () => begin(),
    ...silent(said),
  })

  await kept.stop()
  await sleep(600)

  expect(started.map((mark) => isRunning(mark))).toEqual([false])
  expect(said).toEqual([])
})

test('a start that fails is tried again, later each time', async () => {
  const said: string[] = []
  const triedAt: number[] = []
  const startAgain = async (): Promise<Running> => {
    triedAt.push(Date.now())
    if (triedAt.length < 3) throw new Error('no luck')
    return begin()
  }
  const kept = keepRunning({ name: 'The part', part: begin(), startAgain, ...silent(said) })

  process.kill(lastPid(), 'SIGKILL')
  await until(() => started.length === 2)

  await kept.stop()
  const [first = 0, second = 0, third = 0] = triedAt
  expect(third - second).toBeGreaterThan(second - first)
  expect(said.filter((words) => words === 'The part did not start: no luck')).toHaveLength(2)
})

test('a part that the rest can do without is given up after three failed starts', async () => {
  const reasons: string[] = []
  const startAgain = (): Promise<Running> => Promise.reject(new Error('a broken file'))
  keepRunning({
    name: 'The part',
    part: begin(),
    startAgain,
    onGivenUp: (reason) => reasons.push(reason),
    ...silent([]),
  })

  process.kill(lastPid(), 'SIGKILL')
  await until(() => reasons.length > 0)
  await sleep(2_500)

  expect(reasons).toEqual(['a broken file'])
})

test("somebody else's server is neither watched nor started", async () => {
  let starts = 0
  const part: Running = { process: null, stop: async () => {} }
  const startAgain = async (): Promise<Running> => {
    starts++
    return part
  }

  const kept = keepRunning({ name: 'Theirs', part, startAgain, ...silent([]) })
  await sleep(600)

  await kept.stop()
  expect(starts).toBe(0)
})

function begin(): Running {
  const child = spawn(process.execPath, ['--eval', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' })
  const mark = markOf(child.pid ?? 0)
  if (!mark) throw new Error('the child did not start')
  started.push(mark)
  return { process: mark, stop: () => stopProcess(mark, { signal: 'SIGTERM', graceMs: 1_000 }) }
}

function silent(said: string[]): { say: (words: string) => void; onRestarted: () => void } {
  return { say: (words) => said.push(words), onRestarted: () => {} }
}

function lastPid(): number {
  const pid = started.at(-1)?.pid
  if (pid === undefined) throw new Error('nothing was started')
  return pid
}

async function until(isTrue: () => boolean): Promise<void> {
  for (let waited = 0; !isTrue(); waited += 25) {
    if (waited > 10_000) throw new Error('it did not happen within ten seconds')
    await sleep(25)
  }
}
