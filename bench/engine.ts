import { randomUUID } from 'node:crypto'
import { availableParallelism } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { Client, Connection, type WorkflowHandle } from '@temporalio/client'
import { historyToJSON } from '@temporalio/common/lib/proto-utils'
import {
  DefaultLogger,
  NativeConnection,
  Runtime,
  Worker,
  bundleWorkflowCode,
  makeTelemetryFilterString,
} from '@temporalio/worker'
import { z } from 'zod'
import type { CaseInput, DecideArgs, RunStepRequest } from '#domain/case-messages.ts'
import { ascending, quantile } from '#domain/measure/quantiles.ts'
import { shownHashOf, withDraft } from '#domain/shown-hash.ts'
import { testTemporal } from '#test/support/servers.ts'
import { referencePlan, referenceSteps } from './engine/reference.ts'

const variants = ['twin', 'interpreter', 'naive'] as const
type Variant = (typeof variants)[number]

const workflowOf: Record<Variant, string> = {
  twin: 'twinWorkflow',
  interpreter: 'caseWorkflow',
  naive: 'naiveWorkflow',
}
/** What an activity costs: nothing but five milliseconds of waiting. */
const workMs = 5
/** A person is never quicker than the engine itself: every gate waits when it is decided. */
const thinkMs = 100

type Sample = {
  variant: Variant
  atOnce: number
  casesPerSecond: number
  cpuMsPerCase: number
  caseMs: number[]
  decisionMs: number[]
}

type Figures = {
  events: number
  bytes: number
  atOnce: Record<
    string,
    { casesPerSecond: number; cpuMsPerCase: number; caseMs: Percentiles; decisionMs: Percentiles }
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
  const loads = isQuick
    ? [
        { atOnce: 1, cases: 4 },
        { atOnce: 8, cases: 24 },
      ]
    : [
        { atOnce: 1, cases: 10 },
        { atOnce: 8, cases: 80 },
      ]
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
            `round ${round}, ${load.atOnce} at once, ${variant}: ${sample.casesPerSecond.toFixed(2)} cases/s, ` +
              `${sample.cpuMsPerCase.toFixed(1)} ms CPU per case`,
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
      machine: { cores: availableParallelism(), node: process.version },
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
  opened: Map<string, (task: { shownHash: string }) => void>
  close: () => Promise<void>
}

async function startEngine(): Promise<Engine> {
  Runtime.install({
    logger: new DefaultLogger('ERROR'),
    telemetryOptions: {
      logging: { forward: {}, filter: makeTelemetryFilterString({ core: 'ERROR', other: 'ERROR' }) },
    },
  })
  const [{ address, namespace }, workflowBundle] = await Promise.all([
    testTemporal(),
    bundleWorkflowCode({
      workflowsPath: fileURLToPath(new URL('engine/workflows.ts', import.meta.url)),
      logger: new DefaultLogger('ERROR'),
    }),
  ])
  const opened: Engine['opened'] = new Map()
  const taskQueue = `bench-${randomUUID()}`
  const native = await NativeConnection.connect({ address })
  const worker = await Worker.create({
    connection: native,
    namespace,
    taskQueue,
    workflowBundle,
    activities: activitiesOf(opened),
  })
  const running = worker.run()
  const connection = await Connection.connect({ address })
  return {
    client: new Client({ connection, namespace }),
    taskQueue,
    opened,
    close: async () => {
      worker.shutdown()
      await running
      await Promise.all([native.close(), connection.close()])
    },
  }
}

function inAnHour(): { dueAt: string; tiers: string[] } {
  return { dueAt: new Date(Date.now() + 3_600_000).toISOString(), tiers: [] }
}

type Drafting = Pick<RunStepRequest, 'opens'>
type OpenTask = { task: { taskId: string; shownHash: string } }

function activitiesOf(opened: Engine['opened']): Record<string, (request: never) => Promise<unknown>> {
  const output = { id: 'draft', sha256: 'd'.repeat(64), bytes: 800 }
  return {
    runStep: async ({ opens }: Drafting) => {
      await sleep(workMs)
      const fields = ['field0', 'field2', 'field3']
      const done = { status: 'done', output, fields, values: {} }
      if (opens == null) return done
      // As a worker does: the draft opens the gate that reads it.
      const { task, reads } = opens
      const drafted = Object.fromEntries(fields.map((name) => [name, output]))
      const shown = withDraft(opens, { reads, writes: task.outputs }, drafted)
      opened.get(task.taskId)?.({ shownHash: shownHashOf(task, shown) })
      return { ...done, opened: { ...inAnHour(), openedAt: new Date().toISOString() } }
    },
    openTask: async ({ task }: OpenTask) => {
      await sleep(workMs)
      opened.get(task.taskId)?.(task)
      return inAnHour()
    },
    closeCase: async () => sleep(workMs),
    tellBegun: async () => sleep(workMs),
    tellDone: async () => sleep(workMs),
  }
}

async function runLoad(
  engine: Engine,
  variant: Variant,
  { atOnce, cases }: { atOnce: number; cases: number },
): Promise<Sample> {
  const caseMs: number[] = []
  const decisionMs: number[] = []
  const cpuBefore = process.cpuUsage()
  const startedAt = performance.now()
  let left = cases
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      while (left > 0) {
        left -= 1
        const caseStartedAt = performance.now()
        const handle = await startCase(engine, variant, decisionMs)
        await handle.result()
        caseMs.push(performance.now() - caseStartedAt)
      }
    }),
  )
  const seconds = (performance.now() - startedAt) / 1000
  const cpu = process.cpuUsage(cpuBefore)
  return {
    variant,
    atOnce,
    casesPerSecond: cases / seconds,
    cpuMsPerCase: (cpu.user + cpu.system) / 1000 / cases,
    caseMs,
    decisionMs,
  }
}

/** Starts a case and decides at both of its gates; the case may still be closing when this comes back. */
async function startCase(engine: Engine, variant: Variant, decisionMs: number[]): Promise<WorkflowHandle> {
  const caseId = randomUUID()
  const gates = referenceSteps.filter(({ gate }) => gate).map(({ id }) => `${caseId}.${id}.1`)
  const openings = gates.map(
    async (taskId) =>
      new Promise<{ taskId: string; shownHash: string }>((resolve) => {
        engine.opened.set(taskId, ({ shownHash }) => resolve({ taskId, shownHash }))
      }),
  )
  const handle = await engine.client.workflow.start(workflowOf[variant], {
    args: [inputOf(caseId)],
    taskQueue: engine.taskQueue,
    workflowId: `bench:${variant}:${caseId}`,
  })
  for (const opening of openings) {
    const { taskId, shownHash } = await opening
    engine.opened.delete(taskId)
    await sleep(thinkMs)
    const decision = decisionOn(taskId, shownHash)
    const askedAt = performance.now()
    await handle.executeUpdate('decide', { args: [decision], updateId: decision.decisionId })
    decisionMs.push(performance.now() - askedAt)
  }
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
  const handle = await startCase(engine, variant, [])
  await handle.result()
  const history = await handle.fetchHistory()
  const { events } = History.parse(JSON.parse(historyToJSON(history)))
  const description = await handle.describe()
  const own = samples.filter((sample) => sample.variant === variant)
  const atOnce: Figures['atOnce'] = {}
  for (const load of new Set(own.map((sample) => sample.atOnce))) {
    const these = own.filter((sample) => sample.atOnce === load)
    atOnce[String(load)] = {
      casesPerSecond: median(these.map((sample) => sample.casesPerSecond)),
      cpuMsPerCase: median(these.map((sample) => sample.cpuMsPerCase)),
      caseMs: percentiles(these.flatMap((sample) => sample.caseMs)),
      decisionMs: percentiles(these.flatMap((sample) => sample.decisionMs)),
    }
  }
  return { events: events.length, bytes: description.historySize ?? 0, atOnce }
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

type Ratios = Record<string, number>

function compare(ours: Figures, other: Figures): Ratios {
  const ratios: Ratios = { events: ours.events / other.events, bytes: ours.bytes / other.bytes }
  for (const [load, figures] of Object.entries(ours.atOnce)) {
    const theirs = other.atOnce[load]
    if (theirs === undefined) continue
    ratios[`casesPerSecond at ${load}`] = figures.casesPerSecond / theirs.casesPerSecond
    ratios[`cpuMsPerCase at ${load}`] = figures.cpuMsPerCase / theirs.cpuMsPerCase
    ratios[`caseMs p50 at ${load}`] = figures.caseMs.p50 / theirs.caseMs.p50
    ratios[`decisionMs p50 at ${load}`] = figures.decisionMs.p50 / theirs.decisionMs.p50
  }
  return ratios
}

function report(
  figures: Record<Variant, Figures>,
  ratios: { toTwin: Ratios; toNaive: Ratios },
  say: (line: string) => void,
): void {
  say('')
  say('variant      events   bytes  at once  cases/s  CPU ms/case  case p50 ms  decision p50/p95 ms')
  for (const variant of variants) {
    const { events, bytes, atOnce } = figures[variant]
    for (const [load, { casesPerSecond, cpuMsPerCase, caseMs, decisionMs }] of Object.entries(atOnce)) {
      say(
        [
          variant.padEnd(11),
          String(events).padStart(7),
          String(bytes).padStart(8),
          load.padStart(8),
          casesPerSecond.toFixed(2).padStart(8),
          cpuMsPerCase.toFixed(1).padStart(12),
          caseMs.p50.toFixed(0).padStart(12),
          `${decisionMs.p50.toFixed(0)}/${decisionMs.p95.toFixed(0)}`.padStart(20),
        ].join(' '),
      )
    }
  }
  for (const [name, against] of Object.entries(ratios)) {
    say(`\ninterpreter ${name === 'toTwin' ? 'against the twin' : 'against three activities per step'}:`)
    for (const [what, ratio] of Object.entries(against)) say(`  ${what}: ${ratio.toFixed(3)}x`)
  }
}
