import { z } from 'zod'
import type { SampleTemplate } from '#domain/sample-template.ts'
import { addAudit } from './audit.ts'
import { inTransaction, maybeRow, rows, run, sql, type Db } from './db.ts'
import { putPeople } from './samples.ts'

export async function processOfSample(db: Db, key: string): Promise<string | null> {
  const found = await maybeRow(
    db,
    z.object({ id: z.string() }),
    sql`select id from process where sample_key = ${key}`,
  )
  return found?.id ?? null
}

/** Cases that the engine runs, or is about to. */
export async function openCasesOf(db: Db, processId: string): Promise<{ pilotId: string; caseId: string }[]> {
  return rows(
    db,
    z.object({ pilotId: z.string(), caseId: z.string() }),
    sql`select c.pilot_id as "pilotId", c.id as "caseId" from case_run c join pilot p on p.id = c.pilot_id
      where p.process_id = ${processId} and c.ended_at is null`,
  )
}

/** Deletes a process and all that belongs to it; the audit stays. */
export async function deleteProcess(db: Db, processId: string, by: string): Promise<void> {
  await inTransaction(db, async (tx) => {
    // Pilots go first: they refer to versions and baselines that go with the process.
    await run(tx, sql`delete from pilot where process_id = ${processId}`)
    await run(tx, sql`delete from process where id = ${processId}`)
    await addAudit(tx, {
      actor: by,
      action: 'delete-sample',
      object: { kind: 'process', id: processId },
      processId,
      detail: {},
    })
  })
}

/** Lets the labelled colleagues of a sample work its gates and its exception desk. */
export async function addStaff(db: Db, processId: string, staff: SampleTemplate['staff']): Promise<void> {
  await putPeople(
    db,
    staff.map(({ id, name }) => ({ id, name, sample: true })),
  )
  for (const { id } of staff) {
    await run(
      db,
      sql`insert into membership (process_id, person_id, role)
        values (${processId}, ${id}, 'reviewer'), (${processId}, ${id}, 'owner') on conflict do nothing`,
    )
  }
}

export async function addMember(
  db: Db,
  member: { processId: string; personId: string; role: 'owner' | 'reviewer' | 'leader' },
): Promise<void> {
  await run(
    db,
    sql`insert into membership (process_id, person_id, role)
      select ${member.processId}, p.id, ${member.role} from person p where p.id = ${member.personId}
      on conflict do nothing`,
  )
}

/** How many sample cases a pilot has started: where in the list of intake texts it goes on. */
export async function sampleCasesStarted(db: Db, pilotId: string): Promise<number> {
  const found = await maybeRow(
    db,
    z.object({ n: z.number() }),
    sql`select coalesce(sum(total), 0) as n from case_batch where pilot_id = ${pilotId} and channel = 'sample'`,
  )
  return found?.n ?? 0
}
