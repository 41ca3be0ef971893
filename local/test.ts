import { spawn } from 'node:child_process'
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { buildIfChanged, webBuild, workflowBuild, type Build } from './builds.ts'
import { ensureChromium } from './chromium.ts'
import { projectRoot, testHome } from './home.ts'
import { ensurePostgres } from './postgres.ts'
import { createProgress, type Progress } from './progress.ts'
import { ensureTemporal } from './temporal.ts'
import { outcomeLine, outcomeOf, type TestOutcome } from './test-outcome.ts'

const progress = createProgress((line) => process.stdout.write(`${line}\n`))
const outcome = await runTests(process.argv.slice(2))
process.stdout.write(`${outcomeLine(outcome)}\n`)
process.exit(outcome.failed === 0 ? 0 : 1)

async function runTests(args: string[]): Promise<TestOutcome> {
  const home = testHome()
  const started: { wasRunning: boolean; stop: () => Promise<void> }[] = []
  try {
    progress.say('Preparing the tests.')
    const env = withoutUserServers()
    const postgres = await progress.step('PostgreSQL', async (note) => {
      const result = await ensurePostgres({ home, log: note, env })
      return { result, words: result.source }
    })
    started.push(postgres)
    const temporal = await progress.step('Temporal', async (note) => {
      const result = await ensureTemporal({ home, log: note, env })
      return { result, words: result.source }
    })
    started.push(temporal)
    await build('Workflows', workflowBuild)
    await build('Web pages', webBuild)
    const chromium = await browser(progress)
    progress.say('Running the tests.')
    return await vitest(args, {
      ...env,
      ...(chromium === null ? {} : { CHROMIUM_PATH: chromium }),
      TL_TEST_DATABASE_URL: postgres.url,
      TEMPORAL_TEST_ADDRESS: temporal.address,
    })
  } catch (error) {
    progress.say(error instanceof Error ? error.message : String(error))
    return { passed: 0, failed: 1, skipped: 0 }
  } finally {
    // A server that was already running belongs to somebody else's test run.
    for (const server of started.toReversed()) if (!server.wasRunning) await server.stop()
  }
}

/** Tests never touch the servers, models and state that the user's own environment names. */
function withoutUserServers(): NodeJS.ProcessEnv {
  const own = /^(DATABASE_URL|PORT|TL_HOME|OPENAI_.*|TL_MODEL|TEMPORAL_.*)$/
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !own.test(name)))
}

async function build(title: string, what: Build): Promise<void> {
  await progress.step(title, async () => ({ result: null, words: await buildIfChanged(what) }))
}

/** Without a browser the journeys fail and say so; everything else is still worth running. */
async function browser({ step }: Progress): Promise<string | null> {
  return step('Chromium', async (note) => {
    const chromium = await ensureChromium({ note })
    if ('fault' in chromium) return { result: null, words: chromium.fault }
    return { result: chromium.path, words: chromium.source }
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
