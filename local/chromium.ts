import { spawn } from 'node:child_process'
import { accessSync, constants, existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { delimiter, dirname, join } from 'node:path'

export type Chromium = { path: string; source: string }

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome']
const usualPlaces = ['/Applications/Google Chrome.app/Contents/MacOS/Google Chrome', '/snap/bin/chromium']

/** A browser for the journeys: a found one, else Debian's package, else the browser tool's own download. */
export async function ensureChromium({
  note,
  env = process.env,
}: {
  note: (words: string) => void
  env?: NodeJS.ProcessEnv
}): Promise<Chromium | { fault: string }> {
  const found = foundChromium(env)
  if (found) return found
  const refused: string[] = ['none was found on this machine']
  if (process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')) {
    note("installing Debian's chromium, once")
    const fault = await installDebianPackage()
    const path = onPath('chromium', env)
    if (path) return { path, source: "Debian's package" }
    refused.push(`Debian's package: ${fault ?? 'installed, but not found'}`)
  }
  note('downloading a browser, once')
  const cli = join(dirname(createRequire(import.meta.url).resolve('playwright-core/package.json')), 'cli.js')
  const fault = await run(process.execPath, [cli, 'install', 'chromium'])
  const { chromium } = await import('playwright-core')
  const path = chromium.executablePath()
  if (fault === null && existsSync(path)) return { path, source: 'downloaded by playwright' }
  refused.push(`the browser tool's download: ${fault ?? 'nothing arrived'}`)
  return {
    fault: `No Chromium could be had (${refused.join('; ')}). Install one, or name it with CHROMIUM_PATH.`,
  }
}

function foundChromium(env: NodeJS.ProcessEnv): Chromium | null {
  const named = env['CHROMIUM_PATH']
  if (named && isExecutable(named)) return { path: named, source: `CHROMIUM_PATH (${named})` }
  const path = names.map((name) => onPath(name, env)).find((found) => found !== null)
  const usual = path ?? usualPlaces.find(isExecutable)
  return usual ? { path: usual, source: usual } : null
}

function onPath(name: string, env: NodeJS.ProcessEnv): string | null {
  const folders = (env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '')
  return folders.map((folder) => join(folder, name)).find(isExecutable) ?? null
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

async function installDebianPackage(): Promise<string | null> {
  const fault = await run('apt-get', ['update', '-qq'])
  if (fault !== null) return fault
  const packages = ['chromium', 'fonts-liberation']
  return run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...packages])
}

/** Null when it ended well, else its last words. */
function run(command: string, args: string[]): Promise<string | null> {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: 600_000,
    })
    let words = ''
    const keep = (chunk: Buffer): void => {
      words = (words + chunk.toString()).slice(-2_000)
    }
    child.stdout.on('data', keep)
    child.stderr.on('data', keep)
    child.once('error', (error) => resolve(error.message))
    child.once('exit', (code) =>
      resolve(code === 0 ? null : words.trim().split('\n').at(-1) || `ended with ${code}`),
    )
  })
}
