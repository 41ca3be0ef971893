import type { Home } from '#local/home.ts'
import { ensurePostgres } from '#local/postgres.ts'
import { isRunning, untilGone, type ProcessMark } from '#local/processes.ts'
import { ensureTemporal } from '#local/temporal.ts'
import type { Links } from './links.ts'

/** PostgreSQL or Temporal, started as `npm start` does, and killed as nobody should. */
export type Server = {
  name: string
  /** Starts it when it does not run; resolves when it answers. */
  up: () => Promise<void>
  down: (signal: 'SIGKILL' | 'SIGTERM') => Promise<void>
  freeze: () => void
  thaw: () => void
  /** Past all proxies. */
  address: () => string
}

type Started = { address: string; port: number; process: ProcessMark | null; stop: () => Promise<void> }

export function postgresServer(home: Home, links: Links): Server {
  return aServer('postgres', links, async () => {
    const { url, process, stop } = await ensurePostgres({ home, log: () => undefined, env: ownEnv() })
    return { address: url, port: Number(new URL(url).port), process, stop }
  })
}

export function temporalServer(home: Home, links: Links): Server {
  return aServer('temporal', links, async () => {
    const { address, process, stop } = await ensureTemporal({ home, log: () => undefined, env: ownEnv() })
    return { address, port: Number(address.split(':')[1]), process, stop }
  })
}

const goneWithinMs = 20_000

function aServer(name: 'postgres' | 'temporal', links: Links, start: () => Promise<Started>): Server {
  let started: Started | null = null
  const mark = (): ProcessMark | null =>
    started !== null && started.process !== null && isRunning(started.process) ? started.process : null
  return {
    name,
    up: async () => {
      if (mark() !== null) return
      const fresh = await start()
      started = fresh
      for (const [link, proxy] of Object.entries(links)) {
        if (link.endsWith(`→${name}`)) proxy.leadTo(fresh.port)
      }
    },
    down: async (signal) => {
      const running = mark()
      if (running === null) return
      if (signal === 'SIGTERM') return started?.stop()
      process.kill(running.pid, signal)
      if (!(await untilGone(running, goneWithinMs))) throw new Error(`${name} outlived ${signal}`)
    },
    freeze: () => signalTo(mark(), 'SIGSTOP'),
    thaw: () => signalTo(mark(), 'SIGCONT'),
    address: () => {
      if (started === null) throw new Error(`${name} was never started`)
      return started.address
    },
  }
}

function signalTo(running: ProcessMark | null, signal: NodeJS.Signals): void {
  if (running !== null) process.kill(running.pid, signal)
}

/** Servers, models and state that the user's own environment names are never touched. */
function ownEnv(): NodeJS.ProcessEnv {
  const own = /^(DATABASE_URL|PORT|TL_HOME|OPENAI_.*|TL_MODEL|TEMPORAL_.*)$/
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !own.test(name)))
}
