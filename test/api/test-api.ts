import { randomBytes, randomUUID } from 'node:crypto'
import type { z } from 'zod'
import { createApp } from '#api/app.ts'
import type { Deps } from '#api/deps.ts'
import type { CaseAddress, Engine, Told } from '#api/engine.ts'
import { startJobs } from '#api/jobs.ts'
import type { Repeated } from '#api/repeat.ts'
import * as csv from '#workers/parse/csv.ts'
import { csvLogs } from '#api/csv-logs.ts'
import { createLive } from '#api/live.ts'
import { createAdmission } from '#api/admission.ts'
import { relayOnce } from '#api/start-relay.ts'
import type { CaseEvent } from '#domain/case-events.ts'
import type {
  CaseInput,
  DecideArgs,
  CommandArgs,
  CommandResult,
  CaseSnapshot,
  DecideResult,
  DeliverArgs,
  DeliverResult,
  MoveArgs,
  MoveResult,
  StopArgs,
  OpenTask,
  StopResult,
  UndoResult,
} from '#domain/case-messages.ts'
import { taskActions } from '#domain/case-messages.ts'
import { contract, type ParamsOf, type ReplyOf, type RouteName } from '#domain/contract.ts'
import { demoPersonas } from '#domain/personas.ts'
import type { DocRef } from '#domain/plan.ts'
import type { FieldValues, ProcessMap } from '#domain/process-map.ts'
import { appendEvents, scopeOf } from '#store/case-events.ts'
import { openTask } from '#store/case-work.ts'
import { inTransaction, type Db } from '#store/db.ts'
import { storeDocument, type DocumentMeta } from '#store/documents.ts'
import { keptVersions } from '#store/processes.ts'
import { putPeople } from '#store/samples.ts'
import { keyRing } from '#store/secrets/key-ring.ts'
import { addPilot, openTestStore } from '../support/store.ts'

/** What the engine was told, and what it answers: the port is ours, so a stand-in may take its place. */
export type ScriptedEngine = Engine & {
  started: CaseInput[]
  decided: DecideArgs[]
  terminated: string[]
  onDecide: (args: DecideArgs) => Told<DecideResult>
  onUndo: () => Told<UndoResult>
  onStop: (args: StopArgs) => Told<StopResult>
  commanded: (CommandArgs & CaseAddress)[]
  onCommand: (args: CommandArgs, to: CaseAddress) => Told<CommandResult>
  delivered: (DeliverArgs & CaseAddress)[]
  onDeliver: (args: DeliverArgs, to: CaseAddress) => Told<DeliverResult>
  onMove: (args: MoveArgs, to: CaseAddress) => Told<MoveResult>
  onSnapshot: (to: CaseAddress) => Told<CaseSnapshot>
  isDown: boolean
}

export function scriptedEngine(): ScriptedEngine {
  const engine: ScriptedEngine = {
    started: [],
    decided: [],
    terminated: [],
    isDown: false,
    onDecide: (args) => ({
      kind: 'done',
      result: { status: 'applied', taskId: args.taskId, undoUntil: null, facts: [] },
    }),
    onUndo: () => ({ kind: 'gone' }),
    onStop: () => ({ kind: 'done', result: { status: 'stopping' } }),
    commanded: [],
    onCommand: () => ({ kind: 'done', result: { status: 'applied', facts: [] } }),
    delivered: [],
    onDeliver: () => ({ kind: 'done', result: { status: 'delivered', facts: [] } }),
    onMove: () => ({ kind: 'done', result: { status: 'moving' } }),
    onSnapshot: () => ({ kind: 'gone' }),
    start: async (input) => {
      if (engine.isDown) throw new Error('the engine is away')
      engine.started.push(input)
    },
    decide: async (_, args) => {
      if (engine.isDown) return { kind: 'unsent' }
      engine.decided.push(args)
      return engine.onDecide(args)
    },
    undo: async () => (engine.isDown ? { kind: 'unsent' } : engine.onUndo()),
    stop: async (_, args) => (engine.isDown ? { kind: 'unsent' } : engine.onStop(args)),
    command: async (to, args) => {
      if (engine.isDown) return { kind: 'unsent' }
      engine.commanded.push({ ...args, ...to })
      return engine.onCommand(args, to)
    },
    deliver: async (to, args) => {
      if (engine.isDown) return { kind: 'unsent' }
      engine.delivered.push({ ...args, ...to })
      return engine.onDeliver(args, to)
    },
    move: async (to, args) => (engine.isDown ? { kind: 'unsent' } : engine.onMove(args, to)),
    snapshot: async (to) => (engine.isDown ? { kind: 'unsent' } : engine.onSnapshot(to)),
    terminate: async ({ caseId }) => {
      engine.terminated.push(caseId)
    },
    health: async () => ({
      engine: { ok: !engine.isDown, detail: '' },
      worker: { ok: !engine.isDown, detail: '' },
    }),
  }
  return engine
}

export type Answer = {
  status: number
  body: Record<string, unknown>
  headers: Headers
}
export type Sent = {
  as?: string | null
  body?: unknown
  raw?: string | Uint8Array<ArrayBuffer>
  headers?: Record<string, string>
}

export type TestApi = {
  db: Db
  url: string
  deps: Deps
  engine: ScriptedEngine
  jobs: Repeated
  fetch: (path: string, init?: RequestInit) => Promise<Response>
  send: (method: string, path: string, sent?: Sent) => Promise<Answer>
  /** Calls a route of the contract; its reply is checked against the contract. */
  call: <Name extends RouteName>(
    name: Name,
    sent: Sent & { params?: Partial<ParamsOf<Name>>; query?: Record<string, string> },
  ) => Promise<ReplyOf<Name>>
  relay: () => Promise<void>
  close: () => Promise<void>
}

const replies: { [Name in RouteName]: { reply: z.ZodType<ReplyOf<Name>> } } = contract

export const testKeys = keyRing([randomBytes(32).toString('base64')])

/** The real app on a real, empty database; only the engine is scripted. */
export async function openTestApi(more: Partial<Deps> = {}): Promise<TestApi> {
  const store = await openTestStore()
  const engine = scriptedEngine()
  const live = createLive(store.db)
  const logs = csvLogs(csv)
  const used = more.engine ?? engine
  const jobs = startJobs({
    db: store.db,
    engine: used,
    logs,
    kickStarts: () => undefined,
    onError: () => undefined,
  })
  const deps: Deps = {
    db: store.db,
    engine,
    live,
    logs,
    now: () => new Date(),
    demo: true,
    personas: [...demoPersonas],
    colleagueKey: null,
    model: { practice: false, name: null, health: async () => ({ ok: true, detail: '' }) },
    hosts: { kind: 'listed', hosts: ['127.0.0.1', 'localhost'] },
    secretKeys: testKeys,
    privateCalls: 'any',
    version: 'test',
    writesPerMinute: 100_000,
    admission: createAdmission(store.db),
    versionOf: keptVersions(),
    kickStarts: () => undefined,
    kickJobs: jobs.kick,
    log: ({ level, message, error }) => {
      if (level === 'error') console.error(message, error)
    },
    ...more,
  }
  await putPeople(
    store.db,
    demoPersonas.map(({ person }) => person),
  )
  const app = createApp(deps)
  const fetch = async (path: string, init: RequestInit = {}): Promise<Response> => {
    const headers = new Headers(init.headers)
    if (!headers.has('host')) headers.set('host', '127.0.0.1')
    return app.request(`http://127.0.0.1${path}`, { ...init, headers })
  }
  const send: TestApi['send'] = async (method, path, { as = 'priya', body, raw, headers = {} } = {}) => {
    const response = await fetch(path, {
      method,
      headers: {
        ...(as === null ? {} : { 'throughline-persona': as }),
        ...(body === undefined && method === 'GET' ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(raw !== undefined ? { body: raw } : body !== undefined ? { body: JSON.stringify(body) } : {}),
    })
    const text = await response.text()
    const json: unknown = text === '' ? {} : JSON.parse(text)
    return { status: response.status, body: asRecord(json), headers: response.headers }
  }
  return {
    db: store.db,
    url: store.url,
    deps,
    engine,
    jobs,
    fetch,
    send,
    call: async (name, { params, query, ...sent }) => {
      const route = contract[name]
      const path = fill(route.path, params ?? {})
      const search = new URLSearchParams(query)
      const answer = await send(route.method, search.size === 0 ? path : `${path}?${search}`, {
        ...(route.method !== 'GET' &&
        route.bodyType === 'json' &&
        sent.body === undefined &&
        sent.raw === undefined
          ? { body: {} }
          : {}),
        ...sent,
      })
      if (answer.status !== route.status) {
        throw new Error(`${name} answered ${answer.status}: ${JSON.stringify(answer.body)}`)
      }
      return replies[name].reply.parse(answer.body['__list'] ?? answer.body)
    },
    relay: async () => {
      const relay = { db: store.db, engine: used, versionOf: deps.versionOf }
      await relayOnce(relay, (message, error) => console.error(message, error))
    },
    close: async () => {
      await jobs.stop()
      live.close()
      await store.close()
    },
  }
}

export function fill(path: string, params: Partial<Record<string, string>>): string {
  return path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(params[name] ?? ''))
}

/** Replies that are lists are kept beside their name. */
function asRecord(json: unknown): Record<string, unknown> {
  if (Array.isArray(json)) return { __list: json }
  return typeof json === 'object' && json !== null ? { ...json } : {}
}

export async function withPilot(
  api: TestApi,
  map: ProcessMap,
): Promise<{ processId: string; pilotId: string }> {
  return addPilot(api.db, map)
}

export type OpenedCase = { caseId: string; taskId: string; shownHash: string; version: number }

/** A case as activities leave it behind: drafted by a model, and waiting for a person at the given step. */
export async function aWaitingCase(
  api: TestApi,
  at: {
    pilotId: string
    processId: string
    values: FieldValues
    draft: { stepId: string; values: FieldValues } | null
    stepId: string
    kind?: OpenTask['kind']
    outputs?: string[]
    inputs?: string[]
    excluded?: string[]
    need?: number
    fourEyes?: boolean
    dueAt?: string | null
    by?: string
  },
): Promise<OpenedCase> {
  const started = await api.call('startCase', {
    as: at.by ?? 'priya',
    params: { pilotId: at.pilotId },
    body: { values: at.values },
    headers: { 'idempotency-key': randomUUID() },
  })
  const { caseId } = started
  const intake: DocRef = { id: `${caseId}.intake`, sha256: 'x', bytes: 2 }
  const meta: DocumentMeta = { model: 'test-model', practice: false, promptVersion: 'p1' }
  const draft = at.draft
  const ref =
    draft === null
      ? null
      : await storeDocument(api.db, { caseId, kind: 'draft', body: draft.values, meta, id: randomUUID() })
  const now = (): string => new Date().toISOString()
  const kind = at.kind ?? 'review'
  const execId = `${at.stepId}#1`
  const task: OpenTask = {
    taskId: `${caseId}:${execId}`,
    stepId: at.stepId,
    execId,
    visit: 1,
    kind,
    version: 1,
    shownHash: 'shown-1',
    options: taskActions[kind],
    outputs: at.outputs ?? Object.keys(draft?.values ?? {}),
    excluded: at.excluded ?? [],
    need: at.need ?? 1,
    votes: [],
    breaches: 0,
    reasons: ['Wrong fact', 'Tone', 'Other'],
    openedAt: Date.now(),
    dueAt: at.dueAt == null ? null : Date.parse(at.dueAt),
  }
  const drafted: CaseEvent[] =
    draft === null || ref === null
      ? []
      : [
          {
            type: 'step-entered',
            caseId,
            key: 'e1',
            at: now(),
            stepId: draft.stepId,
            execId: `${draft.stepId}#1`,
            visit: 1,
          },
          {
            type: 'draft-stored',
            caseId,
            key: 'd1',
            at: now(),
            stepId: draft.stepId,
            execId: `${draft.stepId}#1`,
            documentId: ref.id,
            model: 'test-model',
            practice: false,
            promptVersion: 'p1',
            attempts: 1,
            inputTokens: null,
            outputTokens: null,
          },
          {
            type: 'step-finished',
            caseId,
            key: 's1',
            at: now(),
            stepId: draft.stepId,
            execId: `${draft.stepId}#1`,
            visit: 1,
            enabledAt: now(),
            leadMs: 1_500,
            waitMs: 500,
            touchMs: null,
            machineMs: 1_000,
            doneBy: 'ai',
          },
        ]
  await inTransaction(api.db, async (tx) => {
    await appendEvents(tx, await scopeOf(tx, caseId), [
      ...drafted,
      { type: 'step-entered', caseId, key: 'e2', at: now(), stepId: at.stepId, execId, visit: 1 },
    ])
  })
  await openTask(api.db, {
    request: {
      caseId,
      pilotId: at.pilotId,
      execId,
      mapId: at.processId,
      version: 1,
      planHash: 'h',
      stepId: at.stepId,
      visit: 1,
      enabledAt: now(),
      inputs: Object.fromEntries((at.inputs ?? Object.keys(at.values)).map((name) => [name, intake])),
      facts: [],
      task,
      draft: ref,
      written: {},
      sendBack: null,
      failure: null,
      reopened: false,
    },
    why: 'Every draft is read at this step',
    dueAt: at.dueAt ?? null,
    allowedMs: at.dueAt == null ? null : 3_600_000,
    fourEyes: at.fourEyes ?? false,
    events: [
      {
        type: 'task-opened',
        caseId,
        key: `opened:${task.taskId}`,
        at: now(),
        stepId: at.stepId,
        execId,
        taskId: task.taskId,
        version: 1,
        kind,
        dueAt: at.dueAt ?? null,
      },
    ],
  })
  return { caseId, taskId: task.taskId, shownHash: task.shownHash, version: 1 }
}

/** What a case that takes the decision answers, as the interpreter does. */
export function appliedBy(stepId: string, caseSeq = 100): (args: DecideArgs) => Told<DecideResult> {
  return (args) => ({
    kind: 'done',
    result: {
      status: 'applied',
      taskId: args.taskId,
      undoUntil: null,
      facts: [
        {
          seq: caseSeq,
          type: 'task-decided',
          at: new Date().toISOString(),
          stepId,
          execId: `${stepId}#1`,
          taskId: args.taskId,
          version: args.taskVersion,
          kind: 'review',
          decisionId: args.decisionId,
          action: args.action,
          by: args.by,
          reason: args.reason,
          note: args.note,
          touchMs: args.touchMs,
          changedShare: args.changedShare,
          draft: args.action === 'approve' ? 'accepted' : 'edited',
          draftStepId: 'draft',
        },
      ],
    },
  })
}
