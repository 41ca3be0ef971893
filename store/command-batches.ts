import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import type { ActorRef } from '#domain/case-messages.ts'
import type { Problem } from '#domain/problems.ts'
import { BatchKind, StepNames, type PilotCommandBody } from '#domain/views/control.ts'
import { addAudit } from './audit.ts'
import { inTransaction, json, maybeRow, oneRow, rows, run, sql, type Db } from './db.ts'

export type BatchOrder = { pilotId: string; processId: string; by: string }

/**
 * Takes a command to a pilot: from here on new cases begin so, and every case that is open now has a row of its own in
 * the batch. The pilot is locked meanwhile, so that no case begins between the two.
 */
export async function orderPilotCommand(
  db: Db,
  order: BatchOrder & { command: PilotCommandBody },
): Promise<string | Problem> {
  const { pilotId, command } = order
  return inTransaction(db, async (tx): Promise<string | Problem> => {
    const refusal = await holdPilot(tx, pilotId)
    if (refusal !== null) return refusal
    await setPilot(tx, pilotId, command)
    const stepId = 'stepId' in command ? command.stepId : null
    const reason = 'reason' in command ? command.reason : ''
    const batch = await insertBatch(tx, { ...order, kind: command.kind, stepId, reason, move: null })
    await run(tx, command.kind === 'retry' ? deskRows(pilotId, batch, stepId) : caseRows(pilotId, batch))
    await addAudit(tx, {
      actor: order.by,
      action: `command-pilot:${command.kind}`,
      object: { kind: 'pilot', id: pilotId },
      processId: order.processId,
      detail: { batchId: batch.id, stepId, reason },
    })
    return batch.id
  })
}

export type MoveOrder = BatchOrder & {
  toVersion: number
  stepIds: Record<string, string>
  newCases: boolean
  reason: string
}

/** Orders that open cases go on in another version, and with `newCases` that new ones begin in it. */
export async function orderMove(db: Db, order: MoveOrder): Promise<string | Problem> {
  const { pilotId, toVersion, stepIds, reason } = order
  return inTransaction(db, async (tx): Promise<string | Problem> => {
    const refusal = await holdPilot(tx, pilotId)
    if (refusal !== null) return refusal
    if (order.newCases) {
      await run(tx, sql`update pilot set map_version = ${toVersion} where id = ${pilotId}`)
    }
    const move = { toVersion, stepIds }
    const batch = await insertBatch(tx, { ...order, kind: 'move', stepId: null, move })
    await run(tx, caseRows(pilotId, batch))
    await addAudit(tx, {
      actor: order.by,
      action: 'move-cases',
      object: { kind: 'pilot', id: pilotId },
      processId: order.processId,
      detail: { batchId: batch.id, toVersion, newCases: order.newCases, reason },
    })
    return batch.id
  })
}

async function holdPilot(tx: Db, pilotId: string): Promise<Problem | null> {
  const pilot = await maybeRow(
    tx,
    z.object({ status: z.string() }),
    sql`select status from pilot where id = ${pilotId} for update`,
  )
  if (pilot === null) return { code: 'NotFound', what: 'pilot' }
  return pilot.status === 'ended' ? { code: 'PilotNotRunning', status: pilot.status } : null
}

async function setPilot(tx: Db, pilotId: string, command: PilotCommandBody): Promise<void> {
  switch (command.kind) {
    case 'pause':
      await run(tx, sql`update pilot set status = 'paused' where id = ${pilotId}`)
      return
    case 'resume':
      await run(tx, sql`update pilot set status = 'running' where id = ${pilotId}`)
      return
    case 'go-by-hand':
    case 'come-back': {
      const isByHand = command.kind === 'go-by-hand'
      await run(
        tx,
        command.stepId === null
          ? sql`update pilot set by_hand = ${isByHand} where id = ${pilotId}`
          : sql`update pilot set by_hand_steps = case when ${isByHand}::boolean
                then array_append(array_remove(by_hand_steps, ${command.stepId}), ${command.stepId})
                else array_remove(by_hand_steps, ${command.stepId}) end
              where id = ${pilotId}`,
      )
      return
    }
    case 'retry':
      return
  }
}

type Batch = { id: string; place: number }

async function insertBatch(
  tx: Db,
  order: BatchOrder & {
    kind: BatchKind
    stepId: string | null
    reason: string
    move: { toVersion: number; stepIds: Record<string, string> } | null
  },
): Promise<Batch> {
  const id = randomUUID()
  const [made] = await rows(
    tx,
    z.object({ place: z.number() }),
    sql`insert into command_batch (id, pilot_id, kind, step_id, to_version, step_ids, reason, created_by)
      values (${id}, ${order.pilotId}, ${order.kind}, ${order.stepId}, ${order.move?.toVersion ?? null},
        ${json(order.move?.stepIds ?? {})}, ${order.reason}, ${order.by}) returning place`,
  )
  if (made === undefined) throw new Error(`batch ${id} was stored and has no place`)
  return { id, place: made.place }
}

function caseRows(pilotId: string, batch: Batch): ReturnType<typeof sql> {
  return sql`insert into command_batch_case (batch_id, case_id, place)
    select ${batch.id}, c.id, ${batch.place} from case_run c where c.pilot_id = ${pilotId} and c.ended_at is null`
}

/** Everything that waits at the exception desk, of one step and what it contains, or of all. */
function deskRows(pilotId: string, batch: Batch, stepId: string | null): ReturnType<typeof sql> {
  return sql`insert into command_batch_case (batch_id, case_id, task_id, place)
    select ${batch.id}, t.case_id, t.id, ${batch.place}
    from task t join case_run c on c.id = t.case_id
    where t.pilot_id = ${pilotId} and t.status = 'open' and t.kind = 'exception' and c.ended_at is null
      and (${stepId}::text is null or coalesce(t.path, t.step_id) = ${stepId}
        or starts_with(coalesce(t.path, t.step_id), ${`${stepId ?? ''}/`}))`
}

const Row = z.object({
  batchId: z.string(),
  caseId: z.string(),
  taskId: z.string(),
  status: z.enum(['pending', 'trying', 'waiting']),
  attempts: z.number(),
  place: z.number(),
  kind: BatchKind,
  stepId: z.string().nullable(),
  toVersion: z.number().nullable(),
  stepIds: StepNames,
  reason: z.string(),
  /** For how long the command has been under way. */
  ageSeconds: z.number(),
  pilotId: z.string(),
  processId: z.string(),
  by: z.object({ id: z.string(), name: z.string(), sample: z.boolean() }),
  caseVersion: z.number(),
  ended: z.boolean(),
  outcome: z.string().nullable(),
})
export type BatchRow = z.infer<typeof Row> & { by: ActorRef }

/**
 * Lends out rows that are due; one that nobody reports on comes back after the lease. Of one case no command is given
 * out while an older one has not been told, so that the last one is what holds.
 */
export async function takeRows(
  db: Db,
  { most, leaseSeconds }: { most: number; leaseSeconds: number },
): Promise<BatchRow[]> {
  return rows(
    db,
    Row,
    sql`with due as (
        select r.batch_id, r.case_id, r.task_id from command_batch_case r
        where r.status in ('pending', 'trying', 'waiting') and r.next_at <= now() and not exists (
          select 1 from command_batch_case o where o.case_id = r.case_id and o.status = 'pending'
            and o.place < r.place)
        order by r.next_at, r.place limit ${most} for update of r skip locked),
      taken as (
        update command_batch_case r
        set attempts = r.attempts + 1, next_at = now() + make_interval(secs => ${leaseSeconds})
        from due d where r.batch_id = d.batch_id and r.case_id = d.case_id and r.task_id = d.task_id
        returning r.*)
      select r.batch_id as "batchId", r.case_id as "caseId", r.task_id as "taskId", r.status, r.attempts, r.place,
        b.kind, b.step_id as "stepId", b.to_version as "toVersion", b.step_ids as "stepIds", b.reason,
        extract(epoch from now() - b.created_at)::double precision as "ageSeconds",
        b.pilot_id as "pilotId", p.process_id as "processId",
        jsonb_build_object('id', s.id, 'name', s.name, 'sample', s.sample) as by,
        c.map_version as "caseVersion", c.ended_at is not null as ended, c.outcome
      from taken r join command_batch b on b.id = r.batch_id join pilot p on p.id = b.pilot_id
        join person s on s.id = b.created_by join case_run c on c.id = r.case_id`,
  )
}

export type RowState =
  | { status: 'succeeded' }
  | { status: 'failed' | 'skipped'; why: string }
  /** Looked at again after a while. */
  | { status: 'pending' | 'trying' | 'waiting'; why: string; afterSeconds: number }

/** Notes how far a row is; what is settled stays so. */
export async function noteRow(db: Db, row: BatchRow, state: RowState): Promise<void> {
  const why = 'why' in state ? state.why : ''
  const seconds = 'afterSeconds' in state ? state.afterSeconds : 0
  await run(
    db,
    sql`update command_batch_case
      set status = ${state.status}, why = ${why}, next_at = now() + make_interval(secs => ${seconds})
      where batch_id = ${row.batchId} and case_id = ${row.caseId} and task_id = ${row.taskId}
        and status in ('pending', 'trying', 'waiting')`,
  )
}

const undoneBy: Partial<Record<BatchKind, BatchKind>> = { resume: 'pause', 'come-back': 'go-by-hand' }

/**
 * Whether a case was so on its own before its pilot was: then what ends it for the pilot does not end it for the case.
 * The first command since the pilot came back last says so.
 */
export async function wasSoBefore(db: Db, row: BatchRow): Promise<boolean> {
  const began = undoneBy[row.kind]
  if (began === undefined) return false
  const ofSame = sql`b.pilot_id = ${row.pilotId} and b.step_id is not distinct from ${row.stepId}::text`
  const found = await maybeRow(
    db,
    z.object({ status: z.string() }),
    sql`select r.status from command_batch_case r join command_batch b on b.id = r.batch_id
      where r.case_id = ${row.caseId} and ${ofSame} and b.kind = ${began} and b.place < ${row.place}
        and b.place > coalesce((select max(b.place) from command_batch b
          where ${ofSame} and b.kind = ${row.kind} and b.place < ${row.place}), 0)
      order by b.place limit 1`,
  )
  return found?.status === 'skipped'
}

/** Whether a case has told that it went to another version by this order. */
export async function hasMoved(
  db: Db,
  { caseId, moveId }: { caseId: string; moveId: string },
): Promise<boolean> {
  const { moved } = await oneRow(
    db,
    z.object({ moved: z.boolean() }),
    sql`select exists (select 1 from case_event where case_id = ${caseId} and type = 'case-moved'
      and event->>'moveId' = ${moveId}) as moved`,
  )
  return moved
}

/**
 * What there is of moves that were ordered later for the same case: the last order is what holds. One that failed, or
 * came too late, leaves the case to those before it.
 */
export async function laterMove(db: Db, row: BatchRow): Promise<'none' | 'open' | 'settled'> {
  const found = await rows(
    db,
    z.object({ isSettled: z.boolean() }),
    sql`select r.status in ('succeeded', 'skipped') as "isSettled"
      from command_batch_case r join command_batch b on b.id = r.batch_id join case_run c on c.id = r.case_id
      where r.case_id = ${row.caseId} and b.kind = 'move' and b.place > ${row.place} and r.status <> 'failed'
        and (r.status <> 'skipped' or b.to_version = c.map_version)`,
  )
  if (found.length === 0) return 'none'
  return found.some(({ isSettled }) => isSettled) ? 'settled' : 'open'
}

/** Wakes the pages that show these pilots. */
export async function tellOfBatches(db: Db, pilotIds: string[]): Promise<void> {
  if (pilotIds.length === 0) return
  await run(
    db,
    sql`insert into stream_event (pilot_id, type) select id, 'command-batch' from unnest(${pilotIds}::text[]) as id`,
  )
  await run(db, sql`select pg_notify('tl_stream', '')`)
}
