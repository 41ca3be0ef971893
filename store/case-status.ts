import { run, sql, type Db } from './db.ts'

/**
 * Says of open cases what they do, from where they are and what is open of them: with several branches one may run
 * while another waits, and then the case waits. Whoever calls this holds the rows of the cases (see `scopeOf`), so
 * that the last one to do so sees what all others did.
 */
export async function setStatus(tx: Db, caseIds: string[]): Promise<number> {
  return run(
    tx,
    sql`update case_run c set status = s.status
      from (select r.id, case
          when r.stalled_since is not null then 'stalled'
          when exists (select 1 from case_wait w where w.case_id = r.id and w.ended_at is null)
            or exists (select 1 from task t where t.case_id = r.id and (t.status = 'open'
              -- Taken back, and about to be asked again.
              or (t.status = 'decided' and exists (select 1 from decision d where d.task_id = t.id
                and d.task_version = t.version and d.undone_at is not null)))) then 'waiting'
          when r.place_order = '' then 'queued'
          else 'running' end as status
        from case_run r where r.id = any(${caseIds}) and r.ended_at is null) s
      where c.id = s.id and c.status <> s.status`,
  )
}
