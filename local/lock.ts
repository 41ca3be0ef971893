import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import * as z from 'zod'
import { isRunning, markOf, type ProcessMark } from './processes.ts'

const Owner = z.object({ pid: z.number(), startedAt: z.string() })

let attempts = 0

/** Runs `work` while no other process of this machine holds `file`; a dead owner's lock is taken over. */
export async function withLock<T>(file: string, work: () => Promise<T>): Promise<T> {
  mkdirSync(dirname(file), { recursive: true })
  const own = `${file}.${process.pid}.${attempts++}`
  writeFileSync(own, JSON.stringify(markOf(process.pid)))
  try {
    while (!tryLink(own, file)) {
      removeIfOwnerIsDead(file, own)
      await sleep(50)
    }
    try {
      return await work()
    } finally {
      rmSync(file, { force: true })
    }
  } finally {
    rmSync(own, { force: true })
  }
}

function tryLink(from: string, to: string): boolean {
  try {
    linkSync(from, to)
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false
    throw error
  }
}

function removeIfOwnerIsDead(file: string, own: string): void {
  const owner = ownerOf(file)
  if (owner === null || isRunning(owner)) return
  const aside = `${own}.stale`
  try {
    renameSync(file, aside)
  } catch {
    return
  }
  // Another process may have taken the lock over between the look and the rename: give it back.
  const moved = ownerOf(aside)
  if (moved && isRunning(moved)) tryLink(aside, file)
  rmSync(aside, { force: true })
}

function ownerOf(file: string): ProcessMark | null {
  try {
    return Owner.parse(JSON.parse(readFileSync(file, 'utf8')))
  } catch {
    return null
  }
}
