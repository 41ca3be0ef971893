import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import type { CaseEventOf } from '#domain/case-events.ts'
import type { ActorRef, CaseInput } from '#domain/case-messages.ts'
import type { CaseValues } from '#domain/expressions.ts'
import type { MapTree } from '#domain/map-tree.ts'
import type { CasePlan } from '#domain/plan.ts'
import type { Problem } from '#domain/problems.ts'
import { FieldValues, type FieldValue } from '#domain/process-map.ts'
import { startParts } from './case-events.ts'
import { mapWithMessages, noteCaseKeys } from './case-keys.ts'
import { inTransaction, json, maybeRow, oneRow, rows, sql, type Db } from './db.ts'
import { referenceTo } from './documents.ts'
import { loadVersion, type Versions } from './processes.ts'

export type NewCase = {
  title: string
  values: FieldValues
  /** Unique within the pilot: the same key again is the same case. */
  externalKey: string
}
export type NewCases = {
  pilotId: string
  by: ActorRef
  /** form, api, csv or sample. */
  channel: string
  cases: NewCase[]
}
export type CreatedCase = { caseId: string; number: number; title: string; existed: boolean }

/** Accepts one case. */
export async function createCase(
  db: Db,
  { pilotId, by, channel, ...wanted }: NewCase & Omit<NewCases, 'cases'>,
  versionOf: Versions = loadVersion,
): Promise<CreatedCase | Problem> {
  const created = await createCases(db, { pilotId, by, channel, cases: [wanted] }, versionOf)
  if ('code' in created) return created
  const [only] = created
  if (only === undefined) throw new Error(`a case of pilot ${pilotId} was accepted and not made`)
  return only
}

const PilotRow = z.object({
  status: z.string(),
  process_id: z.string(),
  map_version: z.number(),
  zone: z.string(),
  /** By the clock of the database: an API's own may be wrong. */
  now: z.string(),
})
const CaseRow = z.object({ id: z.string(), number: z.number(), title: z.string(), external_key: z.string() })

/**
 * Accepts cases: their rows, intakes, first events and the orders to start them, in one transaction and in as many
 * statements for a hundred as for one. Cases whose key is known come back as they are.
 */
export async function createCases(
  db: Db,
  wanted: NewCases,
  versionOf: Versions = loadVersion,
): Promise<CreatedCase[] | Problem> {
  return inTransaction(db, async (tx): Promise<CreatedCase[] | Problem> => {
    const { pilotId } = wanted
    const existed = await knownCases(tx, pilotId, wanted.cases)
    const fresh = without(wanted.cases, existed)
    if (fresh.length === 0) return existed.map(asExisting)
    const pilot = await maybeRow(
      tx,
      PilotRow,
      sql`select status, process_id, map_version, zone, clock_timestamp() as now from pilot where id = ${pilotId}`,
    )
    if (pilot === null) return { code: 'NotFound', what: 'pilot' }
    const made = await insertCases(tx, { ...wanted, cases: fresh, versionOf }, pilot)
    // Somebody else may have sent the same start, and have been first.
    const since = made.length === fresh.length ? [] : await knownCases(tx, pilotId, without(fresh, made))
    if (made.length + since.length < fresh.length) return { code: 'PilotNotRunning', status: pilot.status }
    return [
      ...[...existed, ...since].map(asExisting),
      ...made.map(({ id, number, title }) => ({ caseId: id, number, title, existed: false })),
    ]
  })
}

async function knownCases(tx: Db, pilotId: string, cases: NewCase[]): Promise<z.infer<typeof CaseRow>[]> {
  return rows(
    tx,
    CaseRow,
    sql`select id, number, title, external_key from case_run
      where pilot_id = ${pilotId} and external_key = any(${cases.map(({ externalKey }) => externalKey)})`,
  )
}

function without(cases: NewCase[], known: { external_key: string }[]): NewCase[] {
  const keys = new Set(known.map((row) => row.external_key))
  return cases.filter(({ externalKey }) => !keys.has(externalKey))
}

function asExisting({ id, number, title }: z.infer<typeof CaseRow>): CreatedCase {
  return { caseId: id, number, title, existed: true }
}

/** Nothing is inserted when the pilot does not run, nor a case whose key has come into being meanwhile. */
async function insertCases(
  tx: Db,
  { pilotId, by, channel, cases, versionOf }: NewCases & { versionOf: Versions },
  { process_id: processId, map_version: expected, zone, now: at }: z.infer<typeof PilotRow>,
): Promise<z.infer<typeof CaseRow>[]> {
  const wanted = cases.map((one, place) => {
    const id = randomUUID()
    const { id: document, sha256, bytes } = referenceTo(one.values, `${id}.intake`)
    return { ...one, id, place, document, sha256, bytes }
  })
  const events = wanted.map(({ id }): CaseEventOf<'case-started'> => ({
    type: 'case-started',
    caseId: id,
    key: 'started',
    at,
    by,
    channel,
  }))
  const treeOf = async (version: number): Promise<MapTree | null> =>
    mapWithMessages(tx, { processId, version }, versionOf)
  const expectedTree = await treeOf(expected)
  // Numbers are given one transaction after the other: whatever is done with one is done in the same statement, so
  // that the next start waits for nothing but the commit.
  const made = await rows(
    tx,
    CaseRow.extend({ map_version: z.number() }),
    sql`with running as (update pilot set next_number = next_number + ${wanted.length}
        where id = ${pilotId} and status = 'running'
        returning map_version, sample, by_hand, by_hand_steps, next_number - ${wanted.length} as first_number),
      wanted as (select * from jsonb_to_recordset(${json(wanted)}) as w(place integer, id text, title text,
        "externalKey" text, document text, values jsonb, sha256 text, bytes integer) cross join running),
      made as (insert into case_run (id, pilot_id, number, title, external_key, status, map_version, sample,
          started_by, channel, started_at, last_event_at, by_hand, by_hand_steps, began_by_hand,
          began_by_hand_steps)
        select id, ${pilotId}, first_number + place, title, "externalKey", 'queued', map_version, sample, ${by.id},
          ${channel}, ${at}::timestamptz, ${at}::timestamptz, by_hand, by_hand_steps, by_hand, by_hand_steps
        from wanted
        on conflict (pilot_id, external_key) do nothing
        returning id, number, title, external_key, map_version),
      documents as (insert into document (id, case_id, kind, sha256, bytes, body)
        select w.document, w.id, 'intake', w.sha256, w.bytes, w.values from wanted w join made on made.id = w.id),
      orders as (insert into start_outbox (case_id, pilot_id) select id, ${pilotId} from made),
      ${startParts({ pilotId, zone }, events)}
      select id, number, title, external_key, map_version from made`,
  )
  const [first] = made
  if (first === undefined) return []
  const tree = first.map_version === expected ? expectedTree : await treeOf(first.map_version)
  const ids = new Set(made.map(({ id }) => id))
  if (tree !== null)
    await noteCaseKeys(
      tx,
      { pilotId, tree },
      wanted.filter(({ id }) => ids.has(id)),
    )
  return made
}

const StartRow = z.object({
  pilot_id: z.string(),
  process_id: z.string(),
  map_version: z.number(),
  undo_seconds: z.number(),
  began_by_hand: z.boolean(),
  began_by_hand_steps: z.array(z.string()),
  started_by: z.string(),
  name: z.string(),
  person_sample: z.boolean(),
  body: FieldValues,
  sha256: z.string(),
  bytes: z.number(),
})

/** What the engine is given to start a case; made from what was stored when the case was accepted. */
export async function loadCaseInput(
  db: Db,
  caseId: string,
  versionOf: Versions = loadVersion,
): Promise<CaseInput> {
  const found = await oneRow(
    db,
    StartRow,
    sql`select c.pilot_id, p.process_id, c.map_version, p.undo_seconds, c.began_by_hand, c.began_by_hand_steps,
        c.started_by, s.name,
        s.sample as person_sample, d.body, d.sha256, d.bytes
      from case_run c join pilot p on p.id = c.pilot_id join person s on s.id = c.started_by
        join document d on d.id = c.id || '.intake'
      where c.id = ${caseId}`,
  )
  const version = await versionOf(db, found.process_id, found.map_version)
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
    ...(found.began_by_hand || found.began_by_hand_steps.length > 0
      ? { control: { paused: false, byHand: found.began_by_hand, byHandSteps: found.began_by_hand_steps } }
      : {}),
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
