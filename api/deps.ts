import type { PrivateCalls } from '#domain/call-address.ts'
import type { ImportRequest } from '#domain/import-request.ts'
import type { BaselineFigures } from '#domain/measure/baseline.ts'
import type { ColumnMapping, RejectedRow } from '#domain/measure/event-log.ts'
import type { Persona } from '#domain/views/session.ts'
import type { Db } from '#store/db.ts'
import type { Versions } from '#store/processes.ts'
import type { Admission } from './admission.ts'
import type { KeyRing } from '#store/secrets/key-ring.ts'
import type { Engine, PartState } from './engine.ts'
import type { Live } from './live.ts'

/** What the API is given: everything that it cannot make from its own input. */
export type Deps = {
  db: Db
  engine: Engine
  live: Live
  logs: LogReader
  now: () => Date
  /** Personas can be acted as; only on a demo server bound to loopback. */
  demo: boolean
  personas: Persona[]
  /** With this key a script acts as a labelled sample colleague; null where there are none. */
  colleagueKey: string | null
  model: { practice: boolean; name: string | null; health: () => Promise<PartState> }
  hosts: HostRule
  /** Seals what owners keep secret; null without a master key. */
  secretKeys: KeyRing | null
  /** Addresses inside the own network that connections may name. */
  privateCalls: PrivateCalls
  version: string
  writesPerMinute: number
  admission: Admission
  /** Published versions, kept once they were read. */
  versionOf: Versions
  /** Told after a commit that a case waits to be started. */
  kickStarts: () => void
  /** Told after a commit that a batch or an import waits to be worked on. */
  kickJobs: () => void
  log: (entry: LogEntry) => void
}

/** `any` off loopback without a list: a proxy in front decides. */
export type HostRule = { kind: 'any' } | { kind: 'listed'; hosts: readonly string[] }

export type LogEntry = {
  level: 'info' | 'warn' | 'error'
  message: string
  requestId?: string
  error?: string
}

/** A look at a file before it becomes a baseline. */
type LogFacts = {
  gzip: boolean
  delimiter: string
  columns: string[]
  sampleRows: string[][]
  rowsSeen: number
  mapping: ColumnMapping
  questions: string[]
}
type LogCheck = {
  rows: number
  cases: number
  rejected: RejectedRow[]
  rejectedTotal: number
  activities: { activity: string; rows: number }[]
  firstAt: string | null
  lastAt: string | null
}
export type Unreadable = { code: 'FileUnreadable'; why: string }

/** Reads event logs away from the request path. */
export type LogReader = {
  facts: (content: Uint8Array) => Promise<LogFacts | Unreadable>
  check: (content: Uint8Array, mapping: ColumnMapping) => Promise<LogCheck | Unreadable>
  /** The manual figures; refused rows are left out. `onRows` hears how many rows were read so far. */
  baseline: (
    content: Uint8Array,
    request: ImportRequest,
    onRows: (rows: number) => void,
  ) => Promise<{ figures: BaselineFigures; rejectedRows: number } | Unreadable>
}
