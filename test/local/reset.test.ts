import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { homeAt, projectRoot } from '#local/home.ts'
import { ensurePostgres } from '#local/postgres.ts'
import { isRunning } from '#local/processes.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tl-reset-'))
  chmodSync(folder, 0o755)
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

describe('npm run reset', () => {
  test('stops what runs in the home and removes it', async () => {
    const home = join(folder, 'home')
    const server = await ensurePostgres({
      home: homeAt(home),
      log: () => {},
      env: { PATH: process.env['PATH'] },
    })

    const { status, stdout } = reset(home)

    expect(status).toBe(0)
    expect(stdout).toContain('Stopping postgres')
    expect(server.process && isRunning(server.process)).toBe(false)
    expect(existsSync(home)).toBe(false)
  })

  test('leaves a folder alone that is not a home', () => {
    writeFileSync(join(folder, 'thesis.txt'), 'precious')

    const { status, stderr } = reset(folder)

    expect(status).toBe(1)
    expect(stderr).toContain('does not look like a state folder')
    expect(existsSync(join(folder, 'thesis.txt'))).toBe(true)
  })

  test('has nothing to do for a home that does not exist', () => {
    expect(reset(join(folder, 'none')).status).toBe(0)
  })
})

function reset(home: string): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, ['local/reset.mjs'], {
    cwd: projectRoot,
    env: { ...process.env, TL_HOME: home },
    encoding: 'utf8',
  })
}
