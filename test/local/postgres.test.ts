import { spawn } from 'node:child_process'
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { homeAt, type Home } from '#local/home.ts'
import { ensurePostgres, type Postgres } from '#local/postgres.ts'
import { isRunning, markOf, untilGone } from '#local/processes.ts'
import { readRecord } from '#local/run-records.ts'

let home: Home
let started: Postgres[]

beforeEach(() => {
  const folder = mkdtempSync(join(tmpdir(), 'tl-postgres-'))
  chmodSync(folder, 0o755)
  home = homeAt(folder)
  started = []
})

afterEach(async () => {
  for (const server of started) await server.stop()
  rmSync(home.root, { recursive: true, force: true })
})

describe('the PostgreSQL of one machine', () => {
  test('a server of an earlier start is adopted, with what was written', async () => {
    const first = await begin()
    await query(first.url, 'create table note (words text)')

    const second = await begin()

    expect(second.wasRunning).toBe(true)
    expect(second.process).toEqual(first.process)
    expect((await query(second.url, 'select count(*)::int as notes from note'))[0]).toEqual({ notes: 0 })
  })

  test('what was committed survives kill -9 of the server', async () => {
    const first = await begin()
    await query(first.url, "create table note as select 'kept' as words")
    await killHard(first)

    const second = await begin()

    expect(second.wasRunning).toBe(false)
    expect(await query(second.url, 'select words from note')).toEqual([{ words: 'kept' }])
  })

  test("a lock file that names somebody else's process does not stop the start", async () => {
    const first = await begin()
    await first.stop()
    const lock = join(home.postgres, 'data', 'postmaster.pid')
    writeFileSync(lock, [process.pid, join(home.postgres, 'data'), 1, 5432, '', '127.0.0.1', ''].join('\n'))

    const second = await begin()

    expect(await query(second.url, 'select 1 as one')).toEqual([{ one: 1 }])
  })

  test('nor does one that names a process which has ended and was never collected', async () => {
    const first = await begin()
    await first.stop()
    const zombie = spawn('sh', ['-c', 'true & echo $!; exec sleep 60'])
    const pid = Number(
      await new Promise((resolve) => zombie.stdout.once('data', (chunk) => resolve(String(chunk)))),
    )
    const lock = join(home.postgres, 'data', 'postmaster.pid')
    writeFileSync(lock, [pid, join(home.postgres, 'data'), 1, 5432, '', '127.0.0.1', ''].join('\n'))

    const second = await begin()

    zombie.kill()
    expect(second.process?.pid).not.toBe(pid)
    expect(await query(second.url, 'select 1 as one')).toEqual([{ one: 1 }])
  })

  test('a port taken meanwhile is avoided', async () => {
    const first = await begin()
    await first.stop()
    const taken = readRecord(home, 'postgres')?.port ?? 0
    const intruder = await listenOn(taken)

    const second = await begin()

    intruder.close()
    expect(taken).toBeGreaterThan(0)
    expect(new URL(second.url).port).not.toBe(String(taken))
  })

  test('two starts at the same moment share one server', async () => {
    const both = await Promise.all([begin(), begin()])

    expect(both[0].process).toEqual(both[1].process)
  })

  test('only the password opens it, and the password file is for its owner alone', async () => {
    const server = await begin()
    const guess = new URL(server.url)
    guess.password = 'guess'

    await expect(query(guess.toString(), 'select 1')).rejects.toThrow(/password authentication failed/)
    expect(statSync(join(home.root, 'postgres-password')).mode & 0o777).toBe(0o600)
    const rules = readFileSync(join(home.postgres, 'data', 'pg_hba.conf'), 'utf8')
    expect(rules).not.toMatch(/^(local|host)\s.*\b(trust|md5)$/m)
  })

  test('it listens on loopback only and syncs every commit', async () => {
    const { url } = await begin()

    const rows = await query(
      url,
      "select name, setting from pg_settings where name in ('fsync', 'listen_addresses', 'shared_buffers') order by name",
    )

    expect(rows).toEqual([
      { name: 'fsync', setting: 'on' },
      { name: 'listen_addresses', setting: '127.0.0.1' },
      { name: 'shared_buffers', setting: '8192' },
    ])
  })

  test('stopping ends the process', async () => {
    const server = await begin()

    await server.stop()

    expect(server.process && isRunning(server.process)).toBe(false)
  })

  test('a home that is closed to other users works for root too', async () => {
    chmodSync(home.root, 0o700)

    const server = await begin()

    expect(await query(server.url, 'select 1 as one')).toEqual([{ one: 1 }])
    const elsewhere = join(home.root, 'postgres-folder')
    if (existsSync(elsewhere))
      started.push({
        ...server,
        stop: async () => rmSync(readFileSync(elsewhere, 'utf8'), { recursive: true }),
      })
  })

  test('a DATABASE_URL that does not answer is named, and nothing is started', async () => {
    const env = { DATABASE_URL: 'postgresql://nobody@127.0.0.1:9/none' }

    await expect(ensurePostgres({ home, log: () => {}, env })).rejects.toThrow(/DATABASE_URL is set/)
    expect(readRecord(home, 'postgres')).toBeNull()
  })
})

async function begin(): Promise<Postgres> {
  const server = await ensurePostgres({ home, log: () => {}, env: { PATH: process.env['PATH'] } })
  started.push(server)
  return server
}

async function query(url: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query(sql)).rows
  } finally {
    await client.end()
  }
}

async function killHard({ process: mark }: Postgres): Promise<void> {
  if (!mark || !markOf(mark.pid)) throw new Error('the server is not running')
  process.kill(mark.pid, 'SIGKILL')
  await untilGone(mark, 5_000)
}

function listenOn(port: number): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(port, '127.0.0.1', () => resolve(server))
  })
}
