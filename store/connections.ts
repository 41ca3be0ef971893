import { z } from 'zod'
import { fault } from '#domain/map-faults.ts'
import type { InputProblem, MapProblem, Problem } from '#domain/problems.ts'
import type { ProcessMap } from '#domain/process-map.ts'
import { baseUrlOf, type Connection, type ConnectionBody } from '#domain/views/connections.ts'
import { addAudit } from './audit.ts'
import { inTransaction, maybeRow, rows, run, sql, type Db } from './db.ts'
import { rewrap, seal, type Place } from './secrets/envelope.ts'
import type { KeyRing } from './secrets/key-ring.ts'

const PersonJson = z.object({ id: z.string(), name: z.string(), sample: z.boolean() })
const ConnectionRow = z.object({
  name: z.string(),
  base_url: z.string(),
  private_address: z.boolean(),
  headers: z.array(z.string()),
  by: PersonJson,
  changed_at: z.string(),
})
const connectionColumns = sql`c.name, c.base_url, c.private_address, c.changed_at,
  jsonb_build_object('id', p.id, 'name', p.name, 'sample', p.sample) as by,
  coalesce((select jsonb_agg(h.header order by h.header) from connection_header h
    where h.process_id = c.process_id and h.name = c.name), '[]') as headers`

/** The connections of a process, by name, without their secrets. */
export async function connectionsOf(db: Db, processId: string): Promise<Connection[]> {
  const found = await rows(
    db,
    ConnectionRow,
    sql`select ${connectionColumns} from connection c join person p on p.id = c.changed_by
      where c.process_id = ${processId} order by c.name`,
  )
  return found.map((row) => ({
    name: row.name,
    baseUrl: row.base_url,
    privateAddress: row.private_address,
    headers: row.headers,
    changedBy: row.by,
    changedAt: row.changed_at,
  }))
}

const SealedHeader = z.object({ header: z.string(), sealed: z.string() })
type SealedHeader = z.infer<typeof SealedHeader>

/** A connection as a call needs it; its secrets are still sealed. */
export type SealedConnection = {
  processId: string
  name: string
  baseUrl: string
  privateAddress: boolean
  headers: SealedHeader[]
}

export async function loadConnection(
  db: Db,
  processId: string,
  name: string,
): Promise<SealedConnection | null> {
  const found = await maybeRow(
    db,
    z.object({ base_url: z.string(), private_address: z.boolean() }),
    sql`select base_url, private_address from connection where process_id = ${processId} and name = ${name}`,
  )
  if (found === null) return null
  return {
    processId,
    name,
    baseUrl: found.base_url,
    privateAddress: found.private_address,
    headers: await headersOf(db, processId, name),
  }
}

async function headersOf(db: Db, processId: string, name: string): Promise<SealedHeader[]> {
  return rows(
    db,
    SealedHeader,
    sql`select header, sealed from connection_header where process_id = ${processId} and name = ${name}
      order by header`,
  )
}

/** Where the value of a header is kept. */
export function headerPlace(at: { processId: string; name: string; header: string }): Place {
  return { table: 'connection_header', column: 'sealed', row: `${at.processId}/${at.name}/${at.header}` }
}

export type WantedConnection = {
  processId: string
  name: string
  body: ConnectionBody
  by: string
  /** Null where no master key is configured: then no secret can be kept. */
  keys: KeyRing | null
}

/** Stores a connection as it is given; secrets that are not given again stay, unless they would go elsewhere. */
export async function putConnection(db: Db, wanted: WantedConnection): Promise<Problem | null> {
  const { processId, name, body, by, keys } = wanted
  const url = baseUrlOf(body.baseUrl)
  if (url === null) throw new Error(`"${body.baseUrl}" passed for an address`)
  return inTransaction(db, async (tx): Promise<Problem | null> => {
    const before = await loadConnection(tx, processId, name)
    const kept = new Map(before?.headers.map(({ header, sealed }) => [header, sealed]))
    const goesElsewhere = before !== null && baseUrlOf(before.baseUrl)?.origin !== url.origin
    const errors = body.headers.flatMap((header, index): InputProblem[] => {
      if (header.value !== null || (kept.has(header.name) && !goesElsewhere)) return []
      const message = goesElsewhere ? 'was given for another address' : 'is missing'
      return [{ field: `headers[${index}].value`, message, mend: 'give it' }]
    })
    const names = body.headers.map((header) => header.name)
    if (new Set(names).size < names.length) {
      errors.push({ field: 'headers', message: 'name a header twice', mend: 'give each header once' })
    }
    if (errors.length > 0) return { code: 'InvalidInput', errors }
    if (keys === null && body.headers.some((header) => header.value !== null)) return { code: 'NoMasterKey' }

    const baseUrl = url.href.replace(/\/+$/, '')
    await run(
      tx,
      sql`insert into connection (process_id, name, base_url, private_address, changed_by)
        values (${processId}, ${name}, ${baseUrl}, ${body.privateAddress}, ${by})
        on conflict (process_id, name) do update set base_url = excluded.base_url,
          private_address = excluded.private_address, changed_by = excluded.changed_by, changed_at = now()`,
    )
    await run(
      tx,
      sql`delete from connection_header where process_id = ${processId} and name = ${name}
        and header <> all(${names})`,
    )
    for (const { name: header, value } of body.headers) {
      if (value === null || keys === null) continue
      const sealed = seal(keys, headerPlace({ processId, name, header }), value)
      await run(
        tx,
        sql`insert into connection_header (process_id, name, header, sealed)
          values (${processId}, ${name}, ${header}, ${sealed})
          on conflict (process_id, name, header) do update set sealed = excluded.sealed`,
      )
    }
    await addAudit(tx, {
      actor: by,
      action: 'put-connection',
      object: { kind: 'connection', id: `${processId}/${name}` },
      processId,
      detail: {
        baseUrl,
        privateAddress: body.privateAddress,
        headers: names.join(', '),
        newSecrets: body.headers.filter((header) => header.value !== null).length,
      },
    })
    return null
  })
}

/** Removes a connection with its secrets, unless cases may still come to a step that calls it. */
export async function deleteConnection(
  db: Db,
  { processId, name, by }: { processId: string; name: string; by: string },
): Promise<{ deleted: boolean } | Problem> {
  return inTransaction(db, async (tx): Promise<{ deleted: boolean } | Problem> => {
    const user = await maybeRow(
      tx,
      z.object({ name: z.string(), version: z.number() }),
      sql`select r.name, v.version from map_version called
        join map_version v on (v.process_id = called.process_id and v.version = called.version)
          or v.plan->'subs' ? (called.process_id || '@' || called.version)
        join process r on r.id = v.process_id
        where called.process_id = ${processId}
          and called.map @> jsonb_build_object('steps',
            jsonb_build_array(jsonb_build_object('kind', 'call', 'connection', ${name}::text)))
          and exists (select 1 from pilot p where p.process_id = v.process_id
            and ((p.map_version = v.version and p.status <> 'ended')
              or exists (select 1 from case_run c
                where c.pilot_id = p.id and c.map_version = v.version and c.ended_at is null)))
        limit 1`,
    )
    if (user !== null) {
      return { code: 'InUse', why: `Version ${user.version} of "${user.name}" runs and calls it.` }
    }
    const gone = await run(tx, sql`delete from connection where process_id = ${processId} and name = ${name}`)
    if (gone === 0) return { deleted: false }
    await addAudit(tx, {
      actor: by,
      action: 'delete-connection',
      object: { kind: 'connection', id: `${processId}/${name}` },
      processId,
      detail: {},
    })
    return { deleted: true }
  })
}

/** Calls of a map whose connection the process does not have. */
export async function connectionProblems(db: Db, processId: string, map: ProcessMap): Promise<MapProblem[]> {
  if (!map.steps.some((step) => step.kind === 'call')) return []
  const known = new Set((await connectionsOf(db, processId)).map(({ name }) => name))
  return map.steps.flatMap((step, index) =>
    step.kind !== 'call' || known.has(step.connection)
      ? []
      : [
          fault(
            'ConnectionMissing',
            step.id,
            `steps[${index}].connection`,
            `"${step.title}" calls over the connection "${step.connection}", which this process does not have`,
            `Add the connection, or use one of ${[...known].join(', ') || 'none so far'}`,
          ),
        ],
  )
}

/** Wraps every stored secret with the newest master key. One that does not open stays as it is. */
export async function resealHeaders(tx: Db, keys: KeyRing): Promise<void> {
  const stored = await rows(
    tx,
    z.object({ process_id: z.string(), name: z.string(), header: z.string(), sealed: z.string() }),
    sql`select process_id, name, header, sealed from connection_header for update`,
  )
  for (const { process_id: processId, name, header, sealed } of stored) {
    const again = rewrap(keys, headerPlace({ processId, name, header }), sealed)
    if (again === null) continue
    await run(
      tx,
      sql`update connection_header set sealed = ${again}
        where process_id = ${processId} and name = ${name} and header = ${header}`,
    )
  }
}
