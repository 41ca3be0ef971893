import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { migrate } from '#store/migrate.ts'
import { lastWords, logOf, startApp, type AppProgram } from './app-process.ts'
import { buildIfChanged, webBuild, workflowBuild, type Build } from './builds.ts'
import { makeFirstSample } from './first-sample.ts'
import type { Home } from './home.ts'
import { masterKeyEnv } from './master-key.ts'
import { ensurePostgres, type Postgres } from './postgres.ts'
import { ensurePracticeModel, type NoModel, type PracticeModel } from './practice-model.ts'
import { seedDemo } from './seed.ts'
import { secondsSince, type Progress } from './progress.ts'
import { keepRunning, type HowToKeep, type Kept, type Running } from './supervise.ts'
import { ensureTemporal, type Temporal } from './temporal.ts'

export type Stack = {
  /** Resolves when the API answers for all parts, or with what went wrong. */
  start: () => Promise<{ url: string } | { fault: string }>
  stop: () => Promise<void>
}

/** Work is handed in first and the stores go last. */
const stopOrder = ['colleagues', 'worker', 'api', 'web-watch', 'model', 'temporal', 'postgres'] as const
type PartName = (typeof stopOrder)[number]

/** What the programs need to know of the servers; a server that comes back elsewhere replaces its entry. */
type Servers = { postgres: Postgres; temporal: Temporal; model: PracticeModel | NoModel | 'configured' }

const healthyWithinMs = 120_000
const restartsBeforeReady = 3

export function createStack({
  home,
  progress,
  port,
  isDev,
}: {
  home: Home
  progress: Progress
  port: number
  isDev: boolean
}): Stack {
  const parts = new Map<PartName, Kept>()
  const stopping = new AbortController()
  const colleagueKey = randomBytes(24).toString('base64url')

  async function keep<Part extends Running>(
    name: PartName,
    title: string,
    how: Omit<HowToKeep<Part>, 'name' | 'say'>,
  ): Promise<void> {
    // A stop that was asked for while this part was starting has already passed it by.
    if (stopping.signal.aborted) return how.part.stop()
    parts.set(name, keepRunning({ ...how, name: title, say: progress.say }))
  }

  async function startPostgres(servers: Partial<Servers>): Promise<void> {
    const postgres = await progress.step('PostgreSQL', async (note) => {
      const result = await ensurePostgres({ home, log: note })
      return { result, words: result.source }
    })
    servers.postgres = postgres
    await keep('postgres', 'PostgreSQL', {
      part: postgres,
      startAgain: () => ensurePostgres({ home, log: progress.say }),
      onRestarted: (again) => {
        const hasMoved = again.url !== servers.postgres?.url
        servers.postgres = again
        if (hasMoved) restartPrograms()
      },
    })
    await progress.step('Database', async () => {
      const done = await migrate(postgres.url)
      await seedDemo(postgres.url)
      const words = done.length === 0 ? 'up to date' : `brought up to date (${done.join(', ')})`
      return { result: null, words }
    })
  }

  async function startTemporal(servers: Partial<Servers>): Promise<void> {
    const temporal = await progress.step('Temporal', async (note) => {
      const result = await ensureTemporal({ home, log: note })
      return { result, words: result.source }
    })
    servers.temporal = temporal
    await keep('temporal', 'Temporal', {
      part: temporal,
      startAgain: () => ensureTemporal({ home, log: progress.say }),
      onRestarted: (again) => {
        const hasMoved = again.address !== servers.temporal?.address
        servers.temporal = again
        if (hasMoved) restartPrograms()
      },
    })
  }

  async function startModel(servers: Partial<Servers>): Promise<void> {
    if (process.env['OPENAI_BASE_URL'] || process.env['OPENAI_API_KEY']) {
      progress.say('  Model: the endpoint of the OPENAI_ variables')
      servers.model = 'configured'
      return
    }
    const model = await ensurePracticeModel({ home, log: (words) => progress.say(`    Model: ${words}`) })
    if (model.kind === 'none') {
      progress.say(`  Model: none, so AI steps go to a person. Why: ${model.reason}`)
      servers.model = model
      return
    }
    await keep('model', 'The practice model', {
      part: model,
      startAgain: async () => {
        const again = await ensurePracticeModel({ home, log: progress.say })
        const fault = again.kind === 'none' ? again.reason : await again.untilServing()
        if (again.kind === 'none' || fault !== null) throw new Error(fault ?? 'no model')
        return again
      },
      onRestarted: (again) => {
        const hasMoved = again.baseUrl !== model.baseUrl
        servers.model = again
        if (hasMoved) restartPrograms()
      },
      // A file that cannot be loaded will not load at the next try either.
      onGivenUp: (reason) => {
        progress.say('AI steps go to a person, since there is no model.')
        servers.model = { kind: 'none', reason }
        parts.delete('model')
        restartPrograms()
      },
    })
    servers.model = model
    void progress.step('Model', async () => {
      const reason = await model.untilServing()
      const words = `practice model (${model.source}) on this machine; every draft of it is labelled`
      return { result: null, words: reason === null ? words : `did not load: ${reason}` }
    })
  }

  async function startProgram(program: AppProgram, servers: Servers): Promise<void> {
    const begin = (): Running =>
      startApp({ home, program, env: programEnv({ home, port, servers, colleagueKey }) })
    await keep(program.name, program.title, {
      part: begin(),
      startAgain: async () => begin(),
      onRestarted: () => {},
    })
  }

  function restartPrograms(): void {
    for (const name of ['worker', 'api'] as const) void parts.get(name)?.restart()
  }

  async function untilHealthy(url: string): Promise<string | null> {
    const deadline = Date.now() + healthyWithinMs
    while (Date.now() < deadline && !stopping.signal.aborted) {
      if (await isHealthy(url)) return null
      const failing = (['api', 'worker'] as const).find(
        (name) => (parts.get(name)?.timesRestarted() ?? 0) >= restartsBeforeReady,
      )
      if (failing)
        return `The ${failing} does not stay up. Its last words, from ${logOf(home, failing)}:\n${lastWords(home, failing)}`
      await sleep(150)
    }
    return `${url}/api/health did not answer "all is well" within ${healthyWithinMs / 1000} s. See ${home.logs}.`
  }

  async function start(): Promise<{ url: string } | { fault: string }> {
    const startedAt = performance.now()
    const servers: Partial<Servers> = {}
    await allSettledOrThrow([
      startPostgres(servers),
      startTemporal(servers),
      startModel(servers),
      build(progress, 'Web pages', webBuild),
      build(progress, 'Workflows', workflowBuild),
    ])
    if (stopping.signal.aborted) return { fault: 'It was asked to stop.' }
    const { postgres, temporal, model } = servers
    if (!postgres || !temporal || !model) throw new Error('a server started without being noted')
    const known: Servers = Object.assign(servers, { postgres, temporal, model })
    const url = `http://127.0.0.1:${port}`
    const fault = await progress.step('Worker and API', async () => {
      for (const program of programs({ port, isDev })) await startProgram(program, known)
      const result = await untilHealthy(url)
      return { result, words: result === null ? `answering on port ${port}` : 'not ready' }
    })
    if (fault !== null) return { fault }
    await progress.step('Sample', async () => ({ result: null, words: await makeFirstSample(home, url) }))
    await startProgram(colleagues, known)
    progress.say(`  Everything took ${secondsSince(startedAt)}.`)
    return { url }
  }

  async function stop(): Promise<void> {
    stopping.abort()
    for (const name of stopOrder) await parts.get(name)?.stop()
  }

  return { start, stop }
}

/** The labelled people of sample pilots; they use the API like any script. */
const colleagues: AppProgram = {
  name: 'colleagues',
  title: 'The sample colleagues',
  args: ['--import', 'tsx', 'local/sample-colleagues.ts'],
  port: null,
  graceMs: 5_000,
}

function programs({ port, isDev }: { port: number; isDev: boolean }): AppProgram[] {
  const run = isDev ? ['--watch', '--watch-preserve-output', '--import', 'tsx'] : ['--import', 'tsx']
  const worker: AppProgram = {
    name: 'worker',
    title: 'The worker',
    args: [...run, 'workers/main.ts'],
    port: null,
    graceMs: 20_000,
  }
  const api: AppProgram = {
    name: 'api',
    title: 'The API',
    args: [...run, 'api/main.ts'],
    port,
    graceMs: 20_000,
  }
  const watch: AppProgram = {
    name: 'web-watch',
    title: 'The builder of the web pages',
    args: [...webBuild.args, '--watch'],
    port: null,
    graceMs: 2_000,
  }
  return isDev ? [worker, api, watch] : [worker, api]
}

function programEnv({
  home,
  port,
  servers: { postgres, temporal, model },
  colleagueKey,
}: {
  home: Home
  port: number
  servers: Servers
  colleagueKey: string
}): Record<string, string> {
  return {
    DATABASE_URL: postgres.url,
    ...temporal.env,
    PORT: String(port),
    TL_HOME: home.root,
    ...masterKeyEnv(home),
    TL_DEMO: '1',
    TL_API_URL: `http://127.0.0.1:${port}`,
    TL_COLLEAGUE_KEY: colleagueKey,
    ...(model !== 'configured' && model.kind === 'serving'
      ? {
          OPENAI_BASE_URL: model.baseUrl,
          OPENAI_API_KEY: model.apiKey,
          TL_MODEL: model.model,
          TL_PRACTICE: '1',
        }
      : {}),
  }
}

async function build(progress: Progress, title: string, what: Build): Promise<void> {
  await progress.step(title, async () => {
    const outcome = await buildIfChanged(what)
    return { result: null, words: outcome === 'built' ? 'built' : 'unchanged since the last build' }
  })
}

async function isHealthy(url: string): Promise<boolean> {
  const response = await fetch(`${url}/api/health`, { signal: AbortSignal.timeout(5_000) }).catch(() => null)
  await response?.body?.cancel()
  return response?.status === 200
}

/** Waits for all before it fails, so that whatever did start is known and can be stopped. */
async function allSettledOrThrow(work: Promise<void>[]): Promise<void> {
  await Promise.allSettled(work)
  await Promise.all(work)
}
