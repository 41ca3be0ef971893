import { spawn, type ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { Connection } from '@temporalio/client'
import { msToTs } from '@temporalio/common/lib/time'
import { projectRoot } from '#local/home.ts'
import { openDb, type Db } from '#store/db.ts'
import { testPostgres, testTemporal } from './servers.ts'

/** One of our programs, running for real. */
export type Program = {
  name: string
  child: ChildProcess
  pid: number
  /** What it said so far. */
  said: () => string
  /** Asks it to end; gives its exit code, null when a signal ended it. */
  end: (signal: 'SIGTERM' | 'SIGKILL') => Promise<{ code: number | null }>
}
export type ApiProgram = Program & { url: string }

/** Several APIs and workers of one database and one Temporal namespace, which nobody else uses. */
export type Fleet = {
  db: Db
  temporal: { address: string; namespace: string }
  startApi: (more?: Start) => Promise<ApiProgram>
  startWorker: (roles: 'core' | 'ai' | 'core,ai', more?: Start) => Promise<Program>
  running: () => Program[]
  close: () => Promise<void>
}
/** `root`: another build of the project. */
type Start = { root?: string; env?: Record<string, string> }

export async function openFleet({ env = {} }: { env?: Record<string, string> } = {}): Promise<Fleet> {
  const [database, temporal] = await Promise.all([testPostgres(), testTemporal()])
  const namespace = `fleet-${randomBytes(6).toString('hex')}`
  await addNamespace(temporal.address, namespace)
  const db = openDb(database.url, { max: 6, name: 'throughline test' })
  const programs = new Set<Program>()
  const shared = {
    PATH: process.env['PATH'] ?? '',
    DATABASE_URL: database.url,
    TEMPORAL_ADDRESS: temporal.address,
    TEMPORAL_NAMESPACE: namespace,
    TL_DEMO: '1',
    ...env,
  }
  const start = async (
    name: string,
    {
      file,
      isUp,
      root = projectRoot,
      own,
    }: { file: string; isUp: RegExp; own: Record<string, string> } & Start,
  ): Promise<{ program: Program; found: RegExpExecArray }> => {
    const { program, found } = await startProgram(name, { file, isUp, root, env: { ...shared, ...own } })
    programs.add(program)
    program.child.once('exit', () => programs.delete(program))
    return { program, found }
  }
  return {
    db,
    temporal: { address: temporal.address, namespace },
    startApi: async ({ env: more = {}, ...build } = {}) => {
      const isUp = /listens on (http:\/\/[^"\s]+)/
      const { program, found } = await start('api', {
        file: 'api/main.ts',
        isUp,
        own: { PORT: '0', ...more },
        ...build,
      })
      return { ...program, url: found[1] ?? '' }
    },
    startWorker: async (roles, { env: more = {}, ...build } = {}) => {
      const own = { TL_WORKER_ROLES: roles, ...more }
      const isUp = /The worker takes/
      const { program } = await start(`worker ${roles}`, { file: 'workers/main.ts', isUp, own, ...build })
      return program
    },
    running: () => [...programs],
    close: async () => {
      await Promise.all([...programs].map((program) => program.end('SIGKILL')))
      await db.destroy()
      await database.drop()
    },
  }
}

async function startProgram(
  name: string,
  { file, isUp, root, env }: { file: string; isUp: RegExp; root: string; env: Record<string, string> },
): Promise<{ program: Program; found: RegExpExecArray }> {
  const child = spawn(process.execPath, ['--import', 'tsx', file], {
    cwd: root,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let said = ''
  const found = await new Promise<RegExpExecArray>((resolve, reject) => {
    const hear = (chunk: Buffer): void => {
      said = (said + chunk.toString()).slice(-200_000)
      const match = isUp.exec(said)
      if (match !== null) resolve(match)
    }
    child.stdout.on('data', hear)
    child.stderr.on('data', hear)
    child.on('exit', (code) => reject(new Error(`the ${name} ended with ${code}: ${said}`)))
  })
  const program: Program = {
    name,
    child,
    pid: child.pid ?? 0,
    said: () => said,
    end: async (signal) => {
      if (child.exitCode === null && child.signalCode === null) {
        child.kill(signal)
        await once(child, 'exit')
      }
      return { code: child.exitCode }
    },
  }
  return { program, found }
}

/** Workers ask fixed queues for work: a namespace of one's own keeps fleets apart. */
async function addNamespace(address: string, namespace: string): Promise<void> {
  const connection = await Connection.connect({ address })
  try {
    await connection.workflowService.registerNamespace({
      namespace,
      workflowExecutionRetentionPeriod: msToTs('1 day'),
    })
    // The server's parts hear of it one after the other.
    for (;;) {
      const isKnown = await connection.workflowService
        .describeTaskQueue({ namespace, taskQueue: { name: 'tl-core' }, taskQueueType: 1 })
        .then(
          () => true,
          () => false,
        )
      if (isKnown) return
      await new Promise((done) => setTimeout(done, 200))
    }
  } finally {
    await connection.close()
  }
}
