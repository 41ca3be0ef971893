import { z } from 'zod'
import { Role, type Actor } from '#domain/can.ts'
import type { RouteShape } from '#domain/contract.ts'
import { maybeRow, sql, type Db } from '#store/db.ts'
import type { RawBuilder } from 'kysely'

const ActorRow = z.object({
  id: z.string(),
  name: z.string(),
  sample: z.boolean(),
  roles: z.array(z.object({ processId: z.string(), role: Role })),
})

/** A person with the roles of this very moment; null for nobody. */
export async function actorOf(db: Db, personId: string): Promise<Actor | null> {
  return maybeRow(
    db,
    ActorRow,
    sql`select p.id, p.name, p.sample, coalesce(
          (select jsonb_agg(jsonb_build_object('processId', m.process_id, 'role', m.role)
            order by m.process_id, m.role) from membership m where m.person_id = p.id), '[]') as roles
      from person p where p.id = ${personId}`,
  )
}

type ObjectKind = Exclude<RouteShape['of'], 'none'>

/** How the process of each kind of object is found. */
const processOfKind: Record<ObjectKind, (id: string) => RawBuilder<unknown>> = {
  process: (id) => sql`select id as process_id from process where id = ${id}`,
  pilot: (id) => sql`select process_id from pilot where id = ${id}`,
  case: (id) => sql`select p.process_id from case_run c join pilot p on p.id = c.pilot_id where c.id = ${id}`,
  task: (id) => sql`select process_id from task where id = ${id}`,
  decision: (id) =>
    sql`select t.process_id from decision_attempt d join task t on t.id = d.task_id where d.decision_id = ${id}`,
  upload: (id) => sql`select process_id from upload where id = ${id}`,
  import: (id) => sql`select process_id from baseline_import where id = ${id}`,
  baseline: (id) => sql`select process_id from baseline where id = ${id}`,
  batch: (id) =>
    sql`select p.process_id from case_batch b join pilot p on p.id = b.pilot_id where b.id = ${id}`,
  commandBatch: (id) =>
    sql`select p.process_id from command_batch b join pilot p on p.id = b.pilot_id where b.id = ${id}`,
  draft: (id) =>
    sql`select p.process_id from document d join case_run c on c.id = d.case_id
      join pilot p on p.id = c.pilot_id where d.id = ${id}`,
}

/** The process that an object belongs to, by which access to it is decided; null when there is no such object. */
export async function processOf(db: Db, kind: ObjectKind, id: string): Promise<string | null> {
  const found = await maybeRow(db, z.object({ process_id: z.string() }), processOfKind[kind](id))
  return found?.process_id ?? null
}
