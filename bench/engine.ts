import { fork, type ChildProcess } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { Client, Connection, type WorkflowHandle } from '@temporalio/client'
import { historyToJSON } from '@temporalio/common/lib/proto-utils'
import { z } from 'zod'
import type { CaseInput, DecideArgs } from '#domain/case-messages.ts'
import { ascending, quantile } from '#domain/measure/quantiles.ts'
import { testTemporal } from '#test/support/servers.ts'
import { referencePlan, referenceSteps } from './engine/reference.ts'
import { Told, type WorkerSettings } from './engine/told.ts'
import { machine, servers, watchUsage } from './product/usage.ts'

const variants = ['twin', 'interpreter', 'naive'] as const
type Variant = (typeof variants)[number]

const workflowOf: Record<Variant, string> = {
  twin: 'twinWorkflow',
  interpreter: 'caseWorkflow',
  naive: 'naiveWorkflow',
}
/** Drafts with nothing between them: what passes from the end of one to the begin of the other is the engine's. */
const inARow = referenceSteps.flatMap(({ id, gate }, at) => {
  const before = referenceSteps[at - 1]
  return gate || before === undefined || before.gate ? [] : [{ before: before.id, after: id }]
})
/**
 * In milliseconds: a whole case; between two drafts; until a decision was acknowledged; and until the draft after it
 * began.
 */
const timed = ['case', 'between', 'decision', 'next'] as const
/** A person is never quicker than the engine itself: every gate waits when it is decided. */
const thinkMs = 100

/**
 * Cases one after the other in so many hands, or so many begun each second whatever became of those before: only
 * then is one variant asked for as much work as the other.
 */
type Load = { cases: number } & ({ atOnce: number } | { perSecond: number })

/** `cpuMs`: processor time per case, of the worker and of the Temporal server. */
type Sample = {
  variant: Variant
  load: string
  casesPerSecond: number
  cpuMs: { worker: number; server: number }
  times: Times
}
type Times = Record<(typeof timed)[number], number[]>

type Figures = {
  events: number
  bytes: number
  loads: Record<
    string,
    { casesPerSecond: number; cpuMs: Sample['cpuMs']; ms: Record<(typeof timed)[number], Percentiles> }
  >
}
type Percentiles = { p50: number; p95: number; p99: number }

/**
 * The reference process three times on one server: written by hand, interpreted from its map, and with three
 * activities for every step. Rounds are interleaved, so that a busy machine is equally busy for all three.
 */
export async function bench({
  isQuick,
  say,
}: {
  isQuick: boolean
  say: (line: string) => void
}): Promise<unknown> {
  const rounds = isQuick ? 2 : 5
  const loads: Load[] = isQuick
    ? [
        { atOnce: 1, cases: 4 },
        { atOnce: 8, cases: 24 },
        { perSecond: 4, cases: 20 },
      ]
    : [
        { atOnce: 1, cases: 10 },
        { atOnce: 8, cases: 80 },
        { atOnce: 32, cases: 160 },
        { perSecond: 4, cases: 40 },
        { perSecond: 8, cases: 80 },
      ]
  const before = machine()
  const engine = await startEngine()
  try {
    for (const variant of variants) await runLoad(engine, variant, { atOnce: 4, cases: 8 })
    const samples: Sample[] = []
    for (let round = 1; round <= rounds; round += 1) {
      for (const load of loads) {
        const turn = round % variants.length
        for (const variant of [...variants.slice(turn), ...variants.slice(0, turn)]) {
          const sample = await runLoad(engine, variant, load)
          samples.push(sample)
          say(
            `round ${round}, ${nameOf(load)}, ${variant}: ${sample.casesPerSecond.toFixed(2)} cases/s, ` +
              `${sample.cpuMs.worker.toFixed(1)} ms CPU per case in the worker, ${sample.cpuMs.server.toFixed(1)} in Temporal`,
          )
        }
      }
    }
    const figures = {
      twin: await figuresOf(engine, 'twin', samples),
      interpreter: await figuresOf(engine, 'interpreter', samples),
      naive: await figuresOf(engine, 'naive', samples),
    }
    const ratios = {
      toTwin: compare(figures.interpreter, figures.twin),
      toNaive: compare(figures.interpreter, figures.naive),
    }
    report(figures, ratios, say)
    return {
      machine: before,
      rounds,
      loads,
      figures,
      ratios,
    }
  } finally {
    await engine.close()
  }
}

type Engine = {
  client: Client
  taskQueue: string
  workerPid: number
  opened: Map<string, (task: { shownHash: string }) => void>
  /** When each draft of a case began and ended, by case and step. */
  drafts: Map<string, { beganAt: number; endedAt: number }>
  close: () => Promise<void>
}

async function startEngine(): Promise<Engine> {
  const { address, namespace } = await testTemporal()
  const settings = { address, namespace, taskQueue: `bench-${randomUUID()}` }
  const opened: Engine['opened'] = new Map()
  const drafts: Engine['drafts'] = new Map()
  const worker = await startWorker(settings, (told) => {
    if (told.what === 'opened') opened.get(told.taskId)?.(told)
    if (told.what === 'step') drafts.set(`${told.caseId}.${told.step}`, told)
  })
  const connection = await Connection.connect({ address })
  return {
    client: new Client({ connection, namespace }),
    taskQueue: settings.taskQueue,
    workerPid: worker.pid ?? 0,
    opened,
    drafts,
    close: async () => {
      worker.disconnect()
      await Promise.all([once(worker, 'exit'), connection.close()])
    },
  }
}

async function startWorker(settings: WorkerSettings, hear: (told: Told) => void): Promise<ChildProcess> {
  const program = fileURLToPath(new URL('engine/worker.ts', import.meta.url))
  const worker = fork(program, [JSON.stringify(settings)])
  await new Promise<void>((resolve, reject) => {
    worker.once('exit', (code) => reject(new Error(`the worker ended with ${code}`)))
    worker.on('message', (message) => {
      const told = Told.parse(message)
      if (told.what === 'ready') resolve()
      else hear(told)
    })
  })
  return worker
}

function nameOf(load: Load): string {
  return 'atOnce' in load ? `${load.atOnce} at once` : `${load.perSecond} a second`
}

async function runLoad(engine: Engine, variant: Variant, load: Load): Promise<Sample> {
  const { cases } = load
  const times: Times = { case: [], between: [], decision: [], next: [] }
  const usage = watchUsage([{ name: 'worker', pid: engine.workerPid }, ...servers()])
  const startedAt = performance.now()
  const run = async (): Promise<void> => {
    const caseStartedAt = performance.now()
    await runCase(engine, variant, times)
    times.case.push(performance.now() - caseStartedAt)
  }
  if ('atOnce' in load) await inHands(load.atOnce, cases, run)
  else await asTheyCome(load.perSecond, cases, run)
  const seconds = (performance.now() - startedAt) / 1000
  const used = new Map((await usage.stop()).map(({ name, cpuSeconds }) => [name, cpuSeconds]))
  const msPerCase = (name: string): number => ((used.get(name) ?? 0) * 1000) / cases
  return {
    variant,
    load: nameOf(load),
    casesPerSecond: cases / seconds,
    cpuMs: { worker: msPerCase('worker'), server: msPerCase('temporal') },
    times,
  }
}

async function inHands(hands: number, cases: number, run: () => Promise<void>): Promise<void> {
  let left = cases
  await Promise.all(
    Array.from({ length: hands }, async () => {
      while (left > 0) {
        left -= 1
        await run()
      }
    }),
  )
}

async function asTheyCome(perSecond: number, cases: number, run: () => Promise<void>): Promise<void> {
  await Promise.all(
    Array.from({ length: cases }, async (_, at) => {
      await sleep((at * 1000) / perSecond)
      await run()
    }),
  )
}

/** Runs a case from its start to its end, and decides at both of its gates. */
async function runCase(engine: Engine, variant: Variant, times: Times): Promise<WorkflowHandle> {
  const caseId = randomUUID()
  const gates = referenceSteps
    .filter(({ gate }) => gate)
    .map(({ id }) => ({ id, taskId: `${caseId}.${id}.1` }))
  const openings = gates.map(
    async ({ id, taskId }) =>
      new Promise<{ gate: string; taskId: string; shownHash: string }>((resolve) => {
        engine.opened.set(taskId, ({ shownHash }) => resolve({ gate: id, taskId, shownHash }))
      }),
  )
  const handle = await engine.client.workflow.start(workflowOf[variant], {
    args: [inputOf(caseId)],
    taskQueue: engine.taskQueue,
    workflowId: `bench:${variant}:${caseId}`,
  })
  const decidedAt = new Map<string, number>()
  for (const opening of openings) {
    const { gate, taskId, shownHash } = await opening
    engine.opened.delete(taskId)
    await sleep(thinkMs)
    const decision = decisionOn(taskId, shownHash)
    const askedAt = performance.now()
    decidedAt.set(gate, performance.timeOrigin + askedAt)
    await handle.executeUpdate('decide', { args: [decision], updateId: decision.decisionId })
    times.decision.push(performance.now() - askedAt)
  }
  await handle.result()
  const draft = (step: string): { beganAt: number; endedAt: number } => {
    const found = engine.drafts.get(`${caseId}.${step}`)
    if (found === undefined) throw new Error(`the worker told nothing of ${step}`)
    return found
  }
  for (const { before, after } of inARow) times.between.push(draft(after).beganAt - draft(before).endedAt)
  for (const [gate, at] of decidedAt) {
    const next = referenceSteps[referenceSteps.findIndex(({ id }) => id === gate) + 1]
    if (next !== undefined) times.next.push(draft(next.id).beganAt - at)
  }
  for (const { id } of referenceSteps) engine.drafts.delete(`${caseId}.${id}`)
  return handle
}

function inputOf(caseId: string): CaseInput {
  const request = { id: `${caseId}.intake`, sha256: 'a'.repeat(64), bytes: 1_200 }
  return {
    v: 1,
    semantics: referencePlan.semantics,
    caseId,
    pilotId: 'bench',
    plan: referencePlan,
    undoMs: 0,
    fields: { request },
    values: {},
    startedBy: { id: 'lena', name: 'Lena', sample: false },
    carry: null,
  }
}

function decisionOn(taskId: string, shownHash: string): DecideArgs {
  return {
    decisionId: randomUUID(),
    by: { id: 'maya', name: 'Maya', sample: false },
    taskId,
    taskVersion: 1,
    shownHash,
    action: 'approve',
    editRef: null,
    editedFields: [],
    values: {},
    reason: null,
    note: null,
    touchMs: 1_000,
    changedShare: null,
    digest: 'd'.repeat(64),
  }
}

const History = z.object({ events: z.array(z.unknown()) })

async function figuresOf(engine: Engine, variant: Variant, samples: Sample[]): Promise<Figures> {
  const handle = await runCase(engine, variant, { case: [], between: [], decision: [], next: [] })
  const history = await handle.fetchHistory()
  const { events } = History.parse(JSON.parse(historyToJSON(history)))
  const description = await handle.describe()
  const own = samples.filter((sample) => sample.variant === variant)
  const loads: Figures['loads'] = {}
  for (const load of new Set(own.map((sample) => sample.load))) {
    const these = own.filter((sample) => sample.load === load)
    loads[load] = {
      casesPerSecond: median(these.map((sample) => sample.casesPerSecond)),
      cpuMs: {
        worker: median(these.map((sample) => sample.cpuMs.worker)),
        server: median(these.map((sample) => sample.cpuMs.server)),
      },
      ms: {
        case: percentiles(these.flatMap((sample) => sample.times.case)),
        between: percentiles(these.flatMap((sample) => sample.times.between)),
        decision: percentiles(these.flatMap((sample) => sample.times.decision)),
        next: percentiles(these.flatMap((sample) => sample.times.next)),
      },
    }
  }
  return { events: events.length, bytes: description.historySize ?? 0, loads }
}

function median(values: number[]): number {
  return measured(values, 0.5)
}

function percentiles(values: number[]): Percentiles {
  return { p50: measured(values, 0.5), p95: measured(values, 0.95), p99: measured(values, 0.99) }
}

function measured(values: number[], p: number): number {
  const found = quantile(ascending(values), p)
  if (found === null) throw new Error('nothing was measured')
  return found
}

const inFull: Record<(typeof timed)[number], string> = {
  case: 'whole case',
  between: 'between two drafts',
  decision: 'decision acknowledged',
  next: 'decision to next step',
}

function inMs({ p50, p95, p99 }: Percentiles): string {
  return [p50, p95, p99].map((ms) => ms.toFixed(0)).join('/')
}

type Ratios = Record<string, number>

function compare(ours: Figures, other: Figures): Ratios {
  const ratios: Ratios = { events: ours.events / other.events, bytes: ours.bytes / other.bytes }
  for (const [load, figures] of Object.entries(ours.loads)) {
    const theirs = other.loads[load]
    if (theirs === undefined) continue
    ratios[`cases/s, ${load}`] = figures.casesPerSecond / theirs.casesPerSecond
    ratios[`CPU of the worker, ${load}`] = figures.cpuMs.worker / theirs.cpuMs.worker
    ratios[`CPU of Temporal, ${load}`] = figures.cpuMs.server / theirs.cpuMs.server
    for (const what of timed) {
      for (const p of ['p50', 'p95', 'p99'] as const) {
        ratios[`${inFull[what]} ${p}, ${load}`] = figures.ms[what][p] / theirs.ms[what][p]
      }
    }
  }
  return ratios
}

function report(
  figures: Record<Variant, Figures>,
  ratios: { toTwin: Ratios; toNaive: Ratios },
  say: (line: string) => void,
): void {
  say('')
  say('variant      events   bytes        load  cases/s  CPU ms/case: worker, Temporal')
  for (const variant of variants) {
    const { events, bytes, loads } = figures[variant]
    for (const [load, { casesPerSecond, cpuMs }] of Object.entries(loads)) {
      say(
        [
          variant.padEnd(11),
          String(events).padStart(7),
          String(bytes).padStart(8),
          load.padStart(10),
          casesPerSecond.toFixed(2).padStart(8),
          cpuMs.worker.toFixed(1).padStart(12),
          cpuMs.server.toFixed(1).padStart(8),
        ].join(' '),
      )
    }
  }
  say(
    `\nvariant            load  ${timed.map((what) => `${inFull[what]}, ms p50/p95/p99`.padStart(38)).join('')}`,
  )
  for (const variant of variants) {
    for (const [load, { ms }] of Object.entries(figures[variant].loads)) {
      const spreads = timed.map((what) => inMs(ms[what]).padStart(38)).join('')
      say(`${variant.padEnd(11)} ${load.padStart(10)}  ${spreads}`)
    }
  }
  for (const [name, against] of Object.entries(ratios)) {
    say(`\ninterpreter ${name === 'toTwin' ? 'against the twin' : 'against three activities per step'}:`)
    for (const [what, ratio] of Object.entries(against)) say(`  ${what}: ${ratio.toFixed(3)}x`)
  }
}
