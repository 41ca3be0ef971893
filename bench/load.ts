import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import { oneRow, rows, sql, type Db } from '#store/db.ts'
import { checkInvariants } from '#store/invariants.ts'
import { openFleet, type Fleet } from '#test/support/fleet.ts'
import { aMap, end, manual } from '#test/support/maps.ts'
import { addPilot } from '#test/support/store.ts'
import { inWords, openPeople, spreadOf, type People, type Spread, type Started } from './product/people.ts'
import { machine, reportUsage, servers, slowestPart, watchUsage, type Usage } from './product/usage.ts'

/** Sockets that the flood opens to each of the two servers: all of it is there at once. */
const connections = 5_000
const drainsWithinMs = 3_600_000

type Options = { isQuick: boolean; say: (line: string) => void }

/**
 * Thousands of cases started at once through two APIs and two workers, each case to wait for a person. A second pilot
 * and people at their screens go on beside it. Nothing may be lost, and memory stays bounded.
 */
export async function bench({ isQuick, say }: Options): Promise<unknown> {
  const many = isQuick ? 1_000 : 10_000
  const fleet = await openFleet({ env: { TL_WRITES_PER_MINUTE: '999999' } })
  try {
    const map = aMap([manual('check'), end()])
    const { pilotId: flooded } = await addPilot(fleet.db, map)
    const { pilotId: second } = await addPilot(fleet.db, { ...map, name: 'Second' })
    const [one, two, workerOne, workerTwo] = await Promise.all([
      fleet.startApi(),
      fleet.startApi(),
      fleet.startWorker('core'),
      fleet.startWorker('core'),
    ])
    const urls = [one.url, two.url]
    const flood = openPeople(urls, { connections })
    const others = openPeople(urls, { connections: 4 })
    await warmUp(fleet, others, second)

    const before = machine()
    const usage = watchUsage([
      { name: 'api 1', pid: one.pid },
      { name: 'api 2', pid: two.pid },
      { name: 'worker 1', pid: workerOne.pid },
      { name: 'worker 2', pid: workerTwo.pid },
      ...servers(),
      { name: 'this bench', pid: process.pid },
    ])
    const beganAt = Date.now()
    const beside = goOnBeside(others, second, flooded)
    const accepted = await startAtOnce(flood, flooded, { many, say })
    const acceptSeconds = (Math.max(...accepted.map((one_) => one_.acceptedAt)) - beganAt) / 1000
    const deepest = await untilDrained(fleet.db, flooded, { many, say })
    const drainSeconds = (Date.now() - beganAt) / 1000
    const { started: secondCases, screens } = await beside.stop()
    await untilOpen(fleet.db, second)
    const used = await usage.stop()

    await nothingLost(fleet.db, { flooded, accepted })
    const figures = {
      machine: { ...before, ...(await versions(fleet.db)) },
      cases: many,
      acceptSeconds,
      acceptedWithinAMinute: accepted.filter(({ acceptedAt }) => acceptedAt - beganAt <= 60_000).length,
      answerMs: spreadOf(accepted.flatMap(({ answerMs }) => answerMs)),
      refusals: sum(accepted.map((start) => start.refusals)),
      failures: sum(accepted.map((start) => start.failures)),
      casesWithRefusal: accepted.filter((start) => start.refusals > 0).length,
      drainSeconds,
      drainPerSecond: many / drainSeconds,
      deepestQueue: deepest,
      secondPilot: await firstSteps(fleet.db, secondCases),
      readModelLag: {
        second: await lagOf(fleet.db, second),
        flooded: await lagOf(fleet.db, flooded),
      },
      screensDuringFlood: screens,
      inboxMs: await repeated(others, '/api/tasks?limit=50', 'sam'),
      canvasMs: await repeated(others, `/api/pilots/${flooded}/canvas`, 'dana'),
      usage: used,
      bytesPerRow: await bytesPerRow(fleet.db),
    }
    report(figures, say)
    await Promise.all([flood.close(), others.close()])
    return figures
  } finally {
    await fleet.close()
  }
}

async function warmUp(fleet: Fleet, people: People, pilotId: string): Promise<void> {
  await Promise.all(Array.from({ length: 20 }, (_, i) => people.start(pilotId, `warm ${i}`)))
  await untilOpen(fleet.db, pilotId)
}

async function startAtOnce(
  people: People,
  pilotId: string,
  { many, say }: { many: number; say: (line: string) => void },
): Promise<Started[]> {
  let done = 0
  const began = Date.now()
  const timer = setInterval(() => say(`${seconds(began)} s: ${done} of ${many} accepted`), 10_000)
  const accepted = await Promise.all(
    Array.from({ length: many }, async (_, i) => {
      const started = await people.start(pilotId, `flood ${i}`)
      done += 1
      return started
    }),
  )
  clearInterval(timer)
  return accepted
}

/** A case of another pilot each second, and people who look at their screens. */
function goOnBeside(
  people: People,
  second: string,
  flooded: string,
): { stop: () => Promise<{ started: Started[]; screens: Record<string, Spread> }> } {
  const state = { isOver: false }
  const started: Started[] = []
  const screens: Record<string, number[]> = {}
  const starting = (async () => {
    for (let i = 0; !state.isOver; i += 1) {
      started.push(await people.start(second, `beside ${i}`))
      await sleep(1_000)
    }
  })()
  const looking = (async () => {
    const looks = {
      inbox: ['/api/tasks?limit=50', 'sam'],
      canvas: [`/api/pilots/${flooded}/canvas`, 'dana'],
      home: ['/api/home', 'priya'],
    } as const
    while (!state.isOver) {
      for (const [name, [path, persona]] of Object.entries(looks)) {
        const { status, ms } = await people.ask(path, { persona })
        const key = status === 200 ? name : `${name} answered ${status}`
        screens[key] = [...(screens[key] ?? []), ms]
      }
      await sleep(500)
    }
  })()
  return {
    stop: async () => {
      state.isOver = true
      await Promise.all([starting, looking])
      const spreads = Object.entries(screens).map(([name, ms]) => [name, spreadOf(ms)] as const)
      return { started, screens: Object.fromEntries(spreads) }
    },
  }
}

const Depth = z.object({ waiting: z.number(), open: z.number() })

/** Waits until every case is with a person; gives how many starts waited at most. */
async function untilDrained(
  db: Db,
  pilotId: string,
  { many, say }: { many: number; say: (line: string) => void },
): Promise<number> {
  const began = Date.now()
  let deepest = 0
  for (let round = 0; ; round += 1) {
    const { waiting, open } = await oneRow(
      db,
      Depth,
      sql`select (select count(*) from start_outbox where pilot_id = ${pilotId}) as waiting,
        (select count(*) from task where pilot_id = ${pilotId} and status = 'open') as open`,
    )
    deepest = Math.max(deepest, waiting)
    if (open >= many) return deepest
    if (round % 15 === 0)
      say(`${seconds(began)} s after the last was accepted: ${open} of ${many} with people`)
    if (Date.now() - began > drainsWithinMs) throw new Error(`only ${open} of ${many} cases came to a person`)
    await sleep(1_000)
  }
}

/** Until every case of a pilot is with a person. */
async function untilOpen(db: Db, pilotId: string): Promise<void> {
  for (;;) {
    const { n } = await oneRow(
      db,
      z.object({ n: z.number() }),
      sql`select count(*) as n from case_run where pilot_id = ${pilotId} and status <> 'waiting'`,
    )
    if (n === 0) return
    await sleep(200)
  }
}

async function nothingLost(
  db: Db,
  { flooded, accepted }: { flooded: string; accepted: Started[] },
): Promise<void> {
  const found = await rows(
    db,
    z.object({ id: z.string() }),
    sql`select id from case_run where pilot_id = ${flooded}`,
  )
  const ids = new Set(found.map((row) => row.id))
  const lost = accepted.filter((start) => !ids.has(start.caseId))
  if (lost.length > 0 || ids.size !== accepted.length) {
    throw new Error(
      `${lost.length} accepted cases are lost, ${ids.size - accepted.length} too many are there`,
    )
  }
  const broken = (await checkInvariants(db)).filter((invariant) => !invariant.holds)
  if (broken.length > 0) throw new Error(JSON.stringify(broken))
}

/** From the request until the first step is with a person. */
async function firstSteps(db: Db, started: Started[]): Promise<Spread> {
  const sentAt = new Map(started.map((start) => [start.caseId, start.sentAt]))
  const opened = await rows(
    db,
    z.object({ case_id: z.string(), at: z.string() }),
    sql`select case_id, at from stream_event where type = 'task-opened' and case_id = any(${[...sentAt.keys()]})`,
  )
  return spreadOf(opened.map(({ case_id, at }) => Date.parse(at) - (sentAt.get(case_id) ?? 0)))
}

/** From the moment in which a case decided to ask a person until the row was written. */
async function lagOf(db: Db, pilotId: string): Promise<Spread> {
  const found = await rows(
    db,
    z.object({ ms: z.number() }),
    sql`select extract(epoch from s.at - e.at) * 1000 as ms from case_event e
        join stream_event s on s.case_id = e.case_id and s.type = e.type
      where e.pilot_id = ${pilotId} and e.type = 'task-opened'`,
  )
  return spreadOf(found.map(({ ms }) => Math.max(0, ms)))
}

async function repeated(people: People, path: string, persona: string): Promise<Spread> {
  const ms: number[] = []
  for (let round = 0; round < 33; round += 1) {
    const answer = await people.ask(path, { persona })
    if (answer.status !== 200) throw new Error(`${path} answered ${answer.status}: ${answer.text}`)
    // The first ones find nothing in memory.
    if (round >= 3) ms.push(answer.ms)
  }
  return spreadOf(ms)
}

const largeTables = [
  'case_run',
  'case_event',
  'document',
  'task',
  'step_run',
  'stream_event',
  'idempotency_key',
]

async function bytesPerRow(db: Db): Promise<Record<string, number>> {
  await sql`analyze`.execute(db)
  const found = await rows(
    db,
    z.object({ name: z.string(), bytes: z.number() }),
    sql`select relname as name, (pg_total_relation_size(oid) / greatest(reltuples, 1))::integer as bytes from pg_class
      where relname = any(${largeTables}) and relkind = 'r' and reltuples > 100 order by relname`,
  )
  return Object.fromEntries(found.map(({ name, bytes }) => [name, bytes]))
}

async function versions(db: Db): Promise<{ postgres: string }> {
  return oneRow(
    db,
    z.object({ postgres: z.string() }),
    sql`select current_setting('server_version') as postgres`,
  )
}

function seconds(since: number): string {
  return ((Date.now() - since) / 1000).toFixed(0)
}

function sum(values: number[]): number {
  return values.reduce((all, value) => all + value, 0)
}

type Figures = {
  machine: { cores: number; node: string; loadBefore: number; postgres: string }
  cases: number
  acceptSeconds: number
  acceptedWithinAMinute: number
  answerMs: Spread
  refusals: number
  failures: number
  casesWithRefusal: number
  drainSeconds: number
  drainPerSecond: number
  deepestQueue: number
  secondPilot: Spread
  readModelLag: { second: Spread; flooded: Spread }
  screensDuringFlood: Record<string, Spread>
  inboxMs: Spread
  canvasMs: Spread
  usage: Usage[]
  bytesPerRow: Record<string, number>
}

function report(figures: Figures, say: (line: string) => void): void {
  const { machine: here, cases, acceptSeconds, drainSeconds } = figures
  say('')
  say(
    `Node ${here.node}, PostgreSQL ${here.postgres}, ${here.cores} cores, load ${here.loadBefore.toFixed(1)} before`,
  )
  say(
    `${cases} cases at once: ${figures.acceptedWithinAMinute} accepted within a minute, all after ${acceptSeconds.toFixed(1)} s`,
  )
  say(`each answer, refusals among them: ${inWords(figures.answerMs)}`)
  say(
    `refused with 429 and Retry-After: ${figures.refusals} times, of ${figures.casesWithRefusal} cases; failed otherwise: ${figures.failures}`,
  )
  say(`all with people after ${drainSeconds.toFixed(0)} s (${figures.drainPerSecond.toFixed(1)} cases/s)`)
  say(`at most ${figures.deepestQueue} waited for the engine once all were accepted`)
  say(`second pilot, from request to first step: ${inWords(figures.secondPilot)}`)
  say(`read model behind the engine, second pilot: ${inWords(figures.readModelLag.second)}`)
  say(`read model behind the engine, flooded pilot: ${inWords(figures.readModelLag.flooded)}`)
  for (const [name, spread] of Object.entries(figures.screensDuringFlood)) {
    say(`during the flood, ${name}: ${inWords(spread)}`)
  }
  say(`${cases} open tasks, a page of the inbox: ${inWords(figures.inboxMs)}`)
  say(`${cases} open cases, the canvas: ${inWords(figures.canvasMs)}`)
  reportUsage(figures.usage, { seconds: drainSeconds, cases, say })
  for (const [table, bytes] of Object.entries(figures.bytesPerRow))
    say(`${table}: ${bytes} bytes a row, indexes included`)
  const slowest = slowestPart(figures.usage, { seconds: drainSeconds, cores: here.cores })
  say(
    `The slowest part is ${acceptSeconds > drainSeconds / 2 ? 'accepting' : 'running what was accepted'}. ` +
      `${Math.round(100 * slowest.share)} % of the processor time went to ${slowest.process}; all servers together ` +
      `had ${slowest.coresBusy.toFixed(1)} of ${here.cores} cores.`,
  )
}
