import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { withLock } from '#local/lock.ts'
import { markOf } from '#local/processes.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tl-lock-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

test('only one holds the lock at a time', async () => {
  let inside = 0
  let most = 0
  const work = async (): Promise<void> => {
    most = Math.max(most, ++inside)
    await sleep(20)
    inside--
  }

  await Promise.all([1, 2, 3, 4].map(() => withLock(join(folder, 'lock'), work)))

  expect(most).toBe(1)
})

test('the lock of a process that has died is taken over', async () => {
  const file = join(folder, 'lock')
  writeFileSync(file, JSON.stringify({ pid: process.pid, startedAt: 'long ago' }))

  const result = await withLock(file, async () => 'done')

  expect(result).toBe('done')
  expect(existsSync(file)).toBe(false)
})

test('the lock of a living process is respected', async () => {
  const file = join(folder, 'lock')
  writeFileSync(file, JSON.stringify(markOf(process.ppid)))
  let isDone = false

  const waiting = withLock(file, async () => (isDone = true))
  await sleep(200)
  const wasDone = isDone
  rmSync(file)
  await waiting

  expect([wasDone, isDone]).toEqual([false, true])
})

test('work that fails gives the lock back', async () => {
  const file = join(folder, 'lock')

  await expect(withLock(file, () => Promise.reject(new Error('no')))).rejects.toThrow('no')

  expect(existsSync(file)).toBe(false)
})
