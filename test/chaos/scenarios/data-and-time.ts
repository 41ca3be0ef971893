import { spawn, spawnSync } from 'node:child_process'
import { existsSync, rmSync, statfsSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { projectRoot } from '#local/home.ts'
import { ensureDatabase } from '#local/postgres.ts'
import { openDb, rows, run, sql } from '#store/db.ts'
import { migrate } from '#store/migrate.ts'
import { z } from 'zod'
import { until } from '../finish.ts'
import { triesSince } from './tries.ts'
import type { Scenario } from './scenario.ts'

const libraries = [
  '/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1',
  '/usr/lib/aarch64-linux-gnu/faketime/libfaketime.so.1',
  '/usr/lib/faketime/libfaketime.so.1',
]

const wrongClocks: Scenario = {
  name: 'wrong-clocks',
  rows: [38],
  promise: 'A program whose clock is hours or days off makes no negative duration and loses nothing.',
  run: async (scene) => {
    const library = libraries.find((path) => existsSync(path))
    if (library === undefined) {
      scene.measure('not run: the library of the Debian package faketime is not on this machine')
      return
    }
    scene.people()
    const turns = [
      ['core', '+2h'],
      ['ai', '-2h'],
      ['api-1', '+3d'],
      ['api-2', '-3d'],
      ['core', '-3d'],
      ['ai', '+3d'],
    ] as const
    for (const [part, offset] of turns) {
      await scene.start(5)
      scene.history.add({ line: 'fault', what: `clock of ${part} ${offset}`, phase: 'begins' })
      const program = scene.stand.programs[part]
      await program.down('SIGKILL')
      // Timers keep to the true passing of time: only the hands of the clock are wrong.
      program.up({ LD_PRELOAD: library, FAKETIME: offset, DONT_FAKE_MONOTONIC: '1' })
      await scene.start(5)
      await sleep(6_000)
      await program.down('SIGKILL')
      program.up()
      scene.history.add({ line: 'fault', what: `clock of ${part} ${offset}`, phase: 'ends' })
    }
    const { events } = await scene.facts()
    const ended = events.filter((event) => event.type === 'step-finished')
    scene.measure(
      `${ended.length} steps finished, the shortest lead ${Math.min(...ended.map(({ leadMs }) => leadMs))} ms`,
    )
  },
}

const Name = z.object({ name: z.string() })

const migrationsDie: Scenario = {
  name: 'migration-killed-and-doubled',
  rows: [41, 42],
  promise: 'A migration that is killed anywhere, or run several times at once, ends in the one right shape.',
  run: async (scene) => {
    const server = scene.stand.servers.postgres.address()
    const fresh = await ensureDatabase(server, 'chaos_migrations')
    const migrateOnce = (): ReturnType<typeof spawn> =>
      spawn(process.execPath, ['--import', 'tsx', 'store/migrate.ts'], {
        cwd: projectRoot,
        env: { PATH: process.env['PATH'] ?? '', DATABASE_URL: fresh },
        stdio: 'ignore',
      })
    for (const offsetMs of [400, 600, 700, 800, 900, 1_000]) {
      scene.history.add({
        line: 'fault',
        what: `kill -9 the migration after ${offsetMs} ms`,
        phase: 'begins',
      })
      const child = migrateOnce()
      const gone = new Promise((resolve) => child.once('exit', resolve))
      await sleep(offsetMs)
      child.kill('SIGKILL')
      await gone
    }
    const twins = [migrateOnce(), migrateOnce(), migrateOnce()]
    const codes = await Promise.all(twins.map((twin) => new Promise((resolve) => twin.once('exit', resolve))))
    scene.expect(
      codes.every((code) => code === 0),
      { invariant: 'I10', what: `three at once left with ${codes.join()}` },
    )

    const shapeOf = async (url: string): Promise<string> => {
      const db = openDb(url, { max: 1, name: 'chaos shape' })
      try {
        const found = await rows(
          db,
          Name,
          sql`select table_name || '.' || column_name || ' ' || data_type as name from information_schema.columns
            where table_schema = 'public' order by 1`,
        )
        return found.map(({ name }) => name).join('\n')
      } finally {
        await db.destroy()
      }
    }
    scene.expect((await shapeOf(fresh)) === (await shapeOf(server)), {
      invariant: 'I4',
      what: 'the shapes differ',
    })

    const db = openDb(fresh, { max: 1, name: 'chaos newer schema' })
    await run(
      db,
      sql`insert into kysely_migration (name, timestamp) values ('9999_of_a_newer_build', now()::text)`,
    )
    await db.destroy()
    const refused = await migrate(fresh).then(
      () => false,
      () => true,
    )
    scene.expect(refused, { invariant: 'I4', what: 'an older build changed a database of a newer one' })
  },
}

const diskFull: Scenario = {
  name: 'disk-full',
  rows: [23],
  promise:
    'With a full disk reading goes on and nothing is acknowledged that is not kept; with room it goes on.',
  run: async (scene) => {
    const { stand } = scene
    const folder = stand.home.postgres
    if (!(await moveToSmallDisk(stand))) {
      scene.measure('not run: a file system of its own can be mounted by root only')
      return
    }
    scene.people()
    await scene.start(6)
    const filler = join(folder, 'filler')
    scene.history.add({ line: 'fault', what: 'the disk of PostgreSQL is full', phase: 'begins' })
    const file = await open(filler, 'w')
    const { bavail, bsize } = statfsSync(folder)
    const block = Buffer.alloc(bsize)
    for (let left = bavail; left > 0; left -= 1) {
      if ((await file.write(block).catch(() => null)) === null) break
    }
    await file.close()
    const since = Date.now()
    const starting = scene.start(3)
    await sleep(6_000)
    const tries = triesSince(scene.history.read(), since)
    scene.measure(
      `${tries.filter(({ status }) => status === 503).length} of ${tries.length} answers were 503 meanwhile`,
    )
    rmSync(filler)
    const roomAt = Date.now()
    // A server that could not write its log ends itself, and its keeper starts it again.
    const isBack = await until(async () => {
      await stand.servers.postgres.up()
      return stand.isHealthy()
    }, 90_000)
    scene.history.add({ line: 'fault', what: 'the disk of PostgreSQL is full', phase: 'ends' })
    scene.expect(isBack, { invariant: 'I10', what: 'health does not recover' })
    scene.measure(`healthy ${((Date.now() - roomAt) / 1000).toFixed(1)} s after there was room`)
    await starting
  },
}

/** Moves the data of a stopped PostgreSQL onto a file system that can be filled; false when nobody lets us. */
async function moveToSmallDisk(stand: Parameters<Scenario['run']>[0]['stand']): Promise<boolean> {
  const { postgres } = stand.home
  const kept = `${postgres}-kept`
  if (process.getuid?.() !== 0) return false
  await stand.servers.postgres.down('SIGTERM')
  const done = (command: string, ...args: string[]): boolean => spawnSync(command, args).status === 0
  done('cp', '-a', postgres, kept)
  const isMounted = done('mount', '-t', 'tmpfs', '-o', 'size=160m', 'tmpfs', postgres)
  if (isMounted) {
    stand.onClose(async () => void done('umount', '-l', postgres))
    done('cp', '-a', `${kept}/.`, postgres)
  }
  rmSync(kept, { recursive: true, force: true })
  await stand.servers.postgres.up()
  await stand.untilHealthy(60_000)
  return isMounted
}

export const dataAndTime: Scenario[] = [diskFull, wrongClocks, migrationsDie]
