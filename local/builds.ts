import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { projectRoot } from './home.ts'
import { withLock } from './lock.ts'

export type Build = { name: string; inputs: string[]; output: string; args: string[] }

const shared = ['domain', 'package.json', 'package-lock.json']

export const webBuild: Build = {
  name: 'web',
  inputs: ['web', 'api', 'vite.config.ts', ...shared],
  output: 'dist/web/index.html',
  args: ['node_modules/vite/bin/vite.js', 'build'],
}

export const workflowBuild: Build = {
  name: 'workflows',
  inputs: ['workflows', 'workers/build.ts', ...shared],
  output: 'dist/workflow-bundle.js',
  args: ['--import', 'tsx', 'workers/build.ts'],
}

/** Builds when the sources have changed since the last build of this checkout. */
export async function buildIfChanged(build: Build): Promise<'built' | 'unchanged'> {
  const dist = join(projectRoot, 'dist')
  mkdirSync(dist, { recursive: true })
  return withLock(join(dist, `.${build.name}.lock`), async () => {
    const stamp = join(dist, `.${build.name}.inputs`)
    const wanted = hashOf(build)
    const isCurrent = existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted
    if (isCurrent && existsSync(join(projectRoot, build.output))) return 'unchanged'
    await run(build)
    // Written last, so that a build that was killed is done again.
    writeFileSync(stamp, wanted)
    return 'built'
  })
}

function hashOf({ inputs, args }: Build): string {
  const hash = createHash('sha256').update(args.join(' '))
  for (const input of inputs) {
    for (const file of filesUnder(join(projectRoot, input))) hash.update(file).update(readFileSync(file))
  }
  return hash.digest('hex')
}

function filesUnder(path: string): string[] {
  const stat = statSync(path, { throwIfNoEntry: false })
  if (!stat) return []
  if (stat.isFile()) return [path]
  return readdirSync(path, { withFileTypes: true })
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => filesUnder(join(path, entry.name)))
}

function run({ name, args, output }: Build): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { cwd: projectRoot, stdio: ['ignore', 'pipe', 'pipe'] })
    let words = ''
    const keep = (chunk: Buffer): void => {
      words = (words + chunk.toString()).slice(-6_000)
    }
    child.stdout.on('data', keep)
    child.stderr.on('data', keep)
    child.once('error', reject)
    child.once('exit', (code) => {
      if (code !== 0) return reject(new Error(`the ${name} build failed:\n${words.trim()}`))
      if (!existsSync(join(projectRoot, output)))
        return reject(new Error(`the ${name} build made no ${output}`))
      resolve()
    })
  })
}
