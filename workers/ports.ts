import type { CaseEvent } from '#domain/case-events.ts'
import type {
  CloseCaseRequest,
  EscalateTaskRequest,
  EscalateTaskResult,
  Fact,
  FieldRefs,
  OpenTaskRequest,
  RunStepRequest,
  RunStepResult,
} from '#domain/case-messages.ts'
import type { CasePlan, DocRef } from '#domain/plan.ts'
import type { FieldValues, ProcessMap } from '#domain/process-map.ts'
import type { SealedConnection } from '#store/connections.ts'

/** A published map as the workers need it. It never changes, so it may be kept. */
export type MapVersionForWork = {
  map: ProcessMap
  plan: CasePlan
  planHash: string
  /** The prompt version of each ai step. */
  promptVersions: Record<string, string>
}

/** What a worker stores beside a step: what it wrote, or the raw text of a reply that could not be read. */
export type NewDocument = {
  ref: DocRef
  kind: 'draft' | 'raw' | 'entries' | 'system'
  body: FieldValues
  meta: Record<string, string | number | boolean | null>
}

type BegunStep =
  /** Do the work. `attempt` counts the beginnings of this execution; `at` is the database's clock; `wasSent`: see `noteSent`. */
  | { status: 'fresh'; attempt: number; wasSent: boolean; at: string }
  /** An earlier attempt finished it: give its result, do nothing again. */
  | { status: 'finished'; result: RunStepResult }

/** The row of a task as it is opened, or opened anew under the same id with a higher version. */
export type TaskToOpen = {
  request: OpenTaskRequest
  /** Why a person is asked, in words. */
  why: string
  dueAt: string | null
  /** Working time allowed until `dueAt`, in calendar milliseconds between opening and due. */
  allowedMs: number | null
  fourEyes: boolean
  events: CaseEvent[]
}

/**
 * What activities need of the database. Each function is one transaction that also stores the facts and events
 * it is given, each at most once however often it is sent. A missing database is thrown: the engine tries again.
 */
export type CasePort = {
  /** Null when there is no such version. */
  loadMapVersion: (mapId: string, version: number) => Promise<MapVersionForWork | null>
  /** The present value of each field; null for what its document does not hold. */
  loadFields: (refs: FieldRefs) => Promise<FieldValues>

  beginStep: (
    request: Pick<RunStepRequest, 'caseId' | 'pilotId' | 'execId' | 'stepId' | 'facts'>,
    events: CaseEvent[],
  ) => Promise<BegunStep>
  /**
   * Stores the result with its documents and events, unless an attempt that began later has taken over or
   * a result is stored already: then nothing is written, and the stored result (null if none yet) is given back.
   */
  finishStep: (finished: {
    caseId: string
    pilotId: string
    execId: string
    attempt: number
    result: RunStepResult
    documents: NewDocument[]
    events: CaseEvent[]
    /** The gate that reads what was drafted; null when the case opens it itself. */
    opens: TaskToOpen | null
  }) => Promise<RunStepResult | null>

  /** The connection of a process with its secrets still sealed; null when there is none of this name. */
  loadConnection: (processId: string, name: string) => Promise<SealedConnection | null>
  /**
   * Notes, before the first byte goes out, that an attempt sends what must not be sent twice; or, after, that
   * nothing was done with it. Throws when a later attempt has taken over.
   */
  noteSent: (noted: { caseId: string; execId: string; attempt: number; sent: boolean }) => Promise<void>

  /** A task that is open already in this version stays as it is. A task whose case is closed is not opened. */
  openTask: (task: TaskToOpen) => Promise<void>
  /**
   * Looks again whether the task is late (for tier 0 by the stored `due_at`); if it is, stores `sla-breached`
   * with key `late:<taskId>:v<version>:<tier>`, asks `to` too, and closes the task when `closes`.
   */
  escalateTask: (request: EscalateTaskRequest, to: 'owner' | 'deputy' | null) => Promise<EscalateTaskResult>
  appendFacts: (caseId: string, facts: Fact[]) => Promise<void>
  /**
   * Stores the facts and `case-ended` (key `ended`; cycle time from the case's start), closes open tasks.
   * A case that has ended stays as it ended.
   */
  closeCase: (request: CloseCaseRequest) => Promise<void>
}
