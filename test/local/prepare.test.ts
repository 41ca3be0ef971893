import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { projectRoot } from '#local/home.ts'

let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'tl-prepare-'))
  mkdirSync(join(root, 'local'))
  cpSync(join(projectRoot, 'local', 'prepare.mjs'), join(root, 'local', 'prepare.mjs'))
  writeLock('1.0.0')
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

describe('preparing a checkout', () => {
  test('installs when nothing is installed, and only then', () => {
    const first = prepare(installer())
    const second = prepare(installer())

    expect(first).toMatchObject({ status: 0, installs: 1 })
    expect(first.words).toMatch(/Installing the packages[\s\S]*Packages installed in \d+ s\./)
    expect(second).toMatchObject({ status: 0, installs: 1, words: 'Packages are up to date.\n' })
  })

  test('installs again when the lock file has changed', () => {
    prepare(installer())
    writeLock('1.1.0')

    expect(prepare(installer()).installs).toBe(2)
  })

  test('installs again after an npm that was killed half way', () => {
    const killed = prepare(installer({ end: "process.kill(process.pid, 'SIGKILL')" }))

    const next = prepare(installer())

    expect(killed.status).toBe(1)
    expect(next).toMatchObject({ status: 0, installs: 2 })
  })

  test('accepts what npm itself installed completely, and not what it left incomplete', () => {
    install('1.0.0')
    const complete = prepare(installer())
    rmSync(join(root, 'node_modules', '.throughline-installed'))
    rmSync(join(root, 'node_modules', 'dep', 'package.json'))

    const incomplete = prepare(installer())

    expect(complete.installs).toBe(0)
    expect(incomplete.installs).toBe(1)
  })

  test('passes on what npm said when it fails, and what to do', () => {
    const failed = prepare(installer({ end: "console.error('E404 no such package'); process.exit(1)" }))

    expect(failed.status).toBe(1)
    expect(failed.words).toContain('E404 no such package')
    expect(failed.words).toContain('Check the connection')
    expect(existsSync(join(root, '.throughline', 'install.lock'))).toBe(false)
  })

  test('a lock that a killed command left does not block', () => {
    mkdirSync(join(root, '.throughline'))
    writeFileSync(join(root, '.throughline', 'install.lock'), '999999999')

    expect(prepare(installer())).toMatchObject({ status: 0, installs: 1 })
  })

  test('--quiet says nothing when there is nothing to do', () => {
    prepare(installer())

    expect(prepare(installer(), ['--quiet']).words).toBe('')
  })
})

function writeLock(version: string): void {
  const lock = {
    packages: { '': {}, 'node_modules/dep': { version }, 'node_modules/other': { version, optional: true } },
  }
  writeFileSync(join(root, 'package-lock.json'), JSON.stringify(lock))
}

function install(version: string): void {
  mkdirSync(join(root, 'node_modules', 'dep'), { recursive: true })
  writeFileSync(join(root, 'node_modules', 'dep', 'package.json'), JSON.stringify({ version }))
  const hidden = { packages: { 'node_modules/dep': { version } } }
  writeFileSync(join(root, 'node_modules', '.package-lock.json'), JSON.stringify(hidden))
}

/** A program in npm's place that counts its runs. */
function installer({ end = '' }: { end?: string } = {}): string {
  const file = join(root, 'npm.js')
  writeFileSync(
    file,
    `const fs = require('node:fs')
     fs.appendFileSync('installs', 'x')
     fs.mkdirSync('node_modules/dep', { recursive: true })
     ${end}
     fs.writeFileSync('node_modules/dep/package.json', '{}')`,
  )
  return file
}

function prepare(
  npm: string,
  args: string[] = [],
): { status: number | null; words: string; installs: number } {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['local/prepare.mjs', ...args], {
    cwd: root,
    env: { ...process.env, npm_execpath: npm },
    encoding: 'utf8',
  })
  const runs = join(root, 'installs')
  return {
    status,
    words: stdout + stderr,
    installs: existsSync(runs) ? readFileSync(runs, 'utf8').length : 0,
  }
}
