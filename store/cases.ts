import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import type { ActorRef, CaseInput } from '#domain/case-messages.ts'
import type { CaseValues } from '#domain/expressions.ts'
import type { CasePlan } from '#domain/plan.ts'
import type { Problem } from '#domain/problems.ts'
import { FieldValues, type FieldValue } from '#domain/process-map.ts'
import { appendEvents } from './case-events.ts'
import { inTransaction, maybeRow, oneRow, run, sql, type Db } from './db.ts'
import { storeDocument } from './documents.ts'
import { loadVersion } from './processes.ts'

export type NewCase = {
  pilotId: string
  title: string
  values: FieldValues
  /** Unique within the pilot: the same key again is the same case. */
  externalKey: string
  by: ActorRef
  /** form, api, csv or sample. */
  channel: string
}
export type CreatedCase = { caseId: string; number: number; title: string; existed: boolean }

/** Accepts a case: its row, its intake, its first event and the order to start it, in one transaction. */
export async function createCase(db: Db, wanted: NewCase): Promise<CreatedCase | Problem> {
  return inTransaction(db, (tx) => createCaseIn(tx, wanted))
}

/** The same within a transaction that the caller has open. */
export async function createCaseIn(tx: Db, wanted: NewCase): Promise<CreatedCase | Problem> {
  const pilot = await maybeRow(
    tx,
    z.object({
      status: z.string(),
      map_version: z.number(),
      sample: z.boolean(),
      zone: z.string(),
      next_number: z.number(),
    }),
    sql`select status, map_version, sample, zone, next_number from pilot where id = ${wanted.pilotId} for update`,
  )
  if (pilot === null) return { code: 'NotFound', what: 'pilot' }
  const known = await maybeRow(
    tx,
    z.object({ id: z.string(), number: z.number(), title: z.string() }),
    sql`select id, number, title from case_run
      where pilot_id = ${wanted.pilotId} and external_key = ${wanted.externalKey}`,
  )
  if (known !== null) return { caseId: known.id, number: known.number, title: known.title, existed: true }
  if (pilot.status !== 'running') return { code: 'PilotNotRunning', status: pilot.status }

  const caseId = randomUUID()
  const at = new Date().toISOString()
  await run(tx, sql`update pilot set next_number = next_number + 1 where id = ${wanted.pilotId}`)
  await run(
    tx,
    sql`insert into case_run (id, pilot_id, number, title, external_key, status, map_version, sample, started_by,
        channel, started_at, last_event_at)
      values (${caseId}, ${wanted.pilotId}, ${pilot.next_number}, ${wanted.title}, ${wanted.externalKey}, 'queued',
        ${pilot.map_version}, ${pilot.sample}, ${wanted.by.id}, ${wanted.channel}, ${at}, ${at})`,
  )
  await storeDocument(tx, { caseId, kind: 'intake', body: wanted.values, id: `${caseId}.intake` })
  await run(tx, sql`insert into start_outbox (case_id) values (${caseId})`)
  await appendEvents(tx, { caseId, pilotId: wanted.pilotId, zone: pilot.zone }, [
    { type: 'case-started', caseId, key: 'started', at, by: wanted.by, channel: wanted.channel },
  ])
  return { caseId, number: pilot.next_number, title: wanted.title, existed: false }
}

const StartRow = z.object({
  pilot_id: z.string(),
  process_id: z.string(),
  map_version: z.number(),
  undo_seconds: z.number(),
  started_by: z.string(),
  name: z.string(),
  person_sample: z.boolean(),
  body: FieldValues,
  sha256: z.string(),
  bytes: z.number(),
})

/** What the engine is given to start a case; made from what was stored when the case was accepted. */
export async function loadCaseInput(db: Db, caseId: string): Promise<CaseInput> {
  const found = await oneRow(
    db,
    StartRow,
    sql`select c.pilot_id, p.process_id, c.map_version, p.undo_seconds, c.started_by, s.name,
        s.sample as person_sample, d.body, d.sha256, d.bytes
      from case_run c join pilot p on p.id = c.pilot_id join person s on s.id = c.started_by
        join document d on d.id = c.id || '.intake'
      where c.id = ${caseId}`,
  )
  const version = await loadVersion(db, found.process_id, found.map_version)
  if (version === null) throw new Error(`case ${caseId} has no map version ${found.map_version}`)
  const ref = { id: `${caseId}.intake`, sha256: found.sha256, bytes: found.bytes }
  const given = version.map.intake.map((item) => item.field)
  return {
    v: 1,
    semantics: version.plan.semantics,
    caseId,
    pilotId: found.pilot_id,
    plan: planFor(version.plan),
    undoMs: found.undo_seconds * 1000,
    fields: Object.fromEntries(given.map((name) => [name, ref])),
    values: conditionValues(version.plan.vars, found.body),
    startedBy: { id: found.started_by, name: found.name, sample: found.person_sample },
    carry: null,
  }
}

/** A plan above this is fetched by its hash when the case begins, so that no history carries it. */
const largestInlinePlan = 64_000

function planFor(plan: CasePlan): CaseInput['plan'] {
  const { mapId, version, hash } = plan
  return JSON.stringify(plan).length > largestInlinePlan ? { mapId, version, hash } : plan
}

/** Those values that conditions of the plan read; only they may enter the history. */
export function conditionValues(vars: Record<string, unknown>, values: FieldValues): CaseValues {
  const entries = Object.entries(values).filter(([name]) => name in vars)
  return Object.fromEntries(entries.map(([name, value]): [string, FieldValue] => [name, value]))
}
