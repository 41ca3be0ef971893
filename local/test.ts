import { spawn } from 'node:child_process'
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { buildIfChanged, webBuild, workflowBuild, type Build } from './builds.ts'
import { ensureChromium } from './chromium.ts'
import { projectRoot, testHome } from './home.ts'
import { ensurePostgres } from './postgres.ts'
import { createProgress } from './progress.ts'
import { ensureTemporal } from './temporal.ts'
import { outcomeLine, outcomeOf, type TestOutcome } from './test-outcome.ts'

type Started = { wasRunning: boolean; stop: () => Promise<void> }

const progress = createProgress((line) => process.stdout.write(`${line}\n`))
const outcome = await runTests(process.argv.slice(2))
process.stdout.write(`${outcomeLine(outcome)}\n`)
process.exit(outcome.failed === 0 ? 0 : 1)

async function runTests(args: string[]): Promise<TestOutcome> {
  const started: Started[] = []
  try {
    progress.say('Preparing the tests.')
    const env = withoutUserServers()
    const servers = await startServers(env, started)
    const builds = [await built('Workflows', workflowBuild)]
    if (hasJourneys(args)) builds.push(await built('Web pages', webBuild))
    const browser = hasJourneys(args) ? await findBrowser() : {}
    progress.say('Running the tests.')
    const found = await vitest(args, { ...env, ...servers, ...browser })
    const broken = builds.filter((isBuilt) => !isBuilt).length
    return { ...found, failed: found.failed + broken }
  } catch (error) {
    progress.say(wordsOf(error))
    return { passed: 0, failed: 1, skipped: 0 }
  } finally {
    // A server that was already running belongs to somebody else's test run.
    for (const server of started.toReversed()) if (!server.wasRunning) await server.stop()
  }
}

async function startServers(env: NodeJS.ProcessEnv, started: Started[]): Promise<Record<string, string>> {
  const home = testHome()
  const postgres = await progress.step('PostgreSQL', async (note) => {
    const result = await ensurePostgres({ home, log: note, env })
    started.push(result)
    return { result, words: result.source }
  })
  const temporal = await progress.step('Temporal', async (note) => {
    const result = await ensureTemporal({ home, log: note, env })
    started.push(result)
    return { result, words: result.source }
  })
  return { TL_TEST_DATABASE_URL: postgres.url, TEMPORAL_TEST_ADDRESS: temporal.address }
}

/** Tests never touch the servers, models and state that the user's own environment names. */
function withoutUserServers(): NodeJS.ProcessEnv {
  const own = /^(DATABASE_URL|PORT|TL_HOME|OPENAI_.*|TL_MODEL|TEMPORAL_.*)$/
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !own.test(name)))
}

/** `--project domain` and the like leave the browser journeys out. */
function hasJourneys(args: string[]): boolean {
  const text = args.join(' ')
  return !text.includes('--project') || text.includes('e2e')
}

/** A build that fails is one failure more; the tests that do not need it are still worth running. */
async function built(title: string, what: Build): Promise<boolean> {
  return progress.step(title, async (note) => {
    try {
      return { result: true, words: await buildIfChanged(what) }
    } catch (error) {
      note(wordsOf(error))
      return { result: false, words: 'not built' }
    }
  })
}

/** Without a browser the journeys fail and say so. */
async function findBrowser(): Promise<Record<string, string>> {
  return progress.step<Record<string, string>>('Chromium', async (note) => {
    const chromium = await ensureChromium({ note })
    if ('fault' in chromium) return { result: {}, words: chromium.fault }
    return { result: { CHROMIUM_PATH: chromium.path }, words: chromium.source }
  })
}

async function vitest(args: string[], env: NodeJS.ProcessEnv): Promise<TestOutcome> {
  const report = join(testHome().root, `report-${process.pid}.json`)
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`]
  const child = spawn(process.execPath, ['node_modules/vitest/vitest.mjs', 'run', ...reporters, ...args], {
    cwd: projectRoot,
    env,
    stdio: 'inherit',
  })
  const passOn = (signal: NodeJS.Signals): void => void child.kill(signal)
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, passOn)
  const exitCode = await new Promise<number>((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code) => resolve(code ?? 1))
  })
  const text = existsSync(report) ? readFileSync(report, 'utf8') : null
  rmSync(report, { force: true })
  return outcomeOf(text, exitCode)
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
