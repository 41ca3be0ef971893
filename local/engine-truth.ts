import { setTimeout as sleep } from 'node:timers/promises'
import { Client, WorkflowNotFoundError, isGrpcServiceError, type Connection } from '@temporalio/client'
import * as z from 'zod'
import { lookAtCase } from '#domain/case-look.ts'
import { workflowIdOf } from '#domain/case-messages.ts'
import { driftOf, driftWords } from '#domain/drift.ts'
import { asInJson, type Canaries } from '#store/canaries.ts'
import { rows, sql, type Db } from '#store/db.ts'
import { storedState } from '#store/reconcile.ts'

const OpenCase = z.object({ caseId: z.string(), pilotId: z.string() })
type OpenCase = z.infer<typeof OpenCase>

const Snapshot = z.object({
  at: z.array(z.string()),
  seq: z.number(),
  status: z.enum(['running', 'waiting', 'closing']),
  openTasks: z.array(z.object({ taskId: z.string(), version: z.number(), stepId: z.string() })),
})

const sampled = 50
/** What moves while it is looked at differs for a moment. */
const lookAgainMs = 2_000
const looks = 4
const notFound = 5

/** Compares a sample of open cases with what the engine itself says of them: how many, and which differ. */
export async function compareWithEngine(
  db: Db,
  { connection, namespace }: { connection: Connection; namespace: string },
): Promise<{ compared: number; differ: { caseId: string; how: string }[] }> {
  const client = new Client({ connection, namespace })
  const cases = await rows(
    db,
    OpenCase,
    sql`select id as "caseId", pilot_id as "pilotId" from case_run c
      where ended_at is null and stalled_since is null
        and not exists (select 1 from start_outbox o where o.case_id = c.id)
      order by random() limit ${sampled}`,
  )
  let left = cases.map((one) => ({ ...one, how: '' }))
  for (let look = 1; left.length > 0 && look <= looks; look += 1) {
    if (look > 1) await sleep(lookAgainMs)
    const differing: typeof left = []
    for (const one of left) {
      const how = await differenceOf(db, client, one)
      if (how !== null) differing.push({ ...one, how })
    }
    left = differing
  }
  return { compared: cases.length, differ: left.map(({ caseId, how }) => ({ caseId, how })) }
}

async function differenceOf(db: Db, client: Client, one: OpenCase): Promise<string | null> {
  const handle = client.workflow.getHandle(workflowIdOf(one))
  try {
    const { status } = await handle.describe()
    if (status.name !== 'RUNNING') {
      return (await storedState(db, one.caseId)) === null ? null : `${status.name} in the engine, open here`
    }
    const snapshot = Snapshot.parse(await lookAtCase(handle))
    if (snapshot.status === 'closing') return null
    const stored = await storedState(db, one.caseId)
    if (stored === null) return null
    const drift = driftOf(stored, snapshot)
    return drift.length === 0 ? null : driftWords(drift)
  } catch (error) {
    if (isUnknown(error)) return 'the engine does not know it'
    return `it could not be asked: ${error instanceof Error ? error.message : String(error)}`
  }
}

/** Cases whose history holds one of their own personal values, or one of the secrets. */
export async function historiesThatLeak(
  { connection, namespace }: { connection: Connection; namespace: string },
  canaries: Canaries[],
  secrets: string[],
): Promise<string[]> {
  const client = new Client({ connection, namespace })
  const leaking: string[] = []
  for (const { caseId, pilotId, values } of canaries) {
    const words = [...values, ...secrets].flatMap((word) => [word, asInJson(word)])
    try {
      const history = await client.workflow.getHandle(workflowIdOf({ pilotId, caseId })).fetchHistory()
      const text = textsIn(history).join('\n')
      if (words.some((word) => text.includes(word))) leaking.push(caseId)
    } catch (error) {
      if (!isUnknown(error)) throw error
    }
  }
  return leaking
}

/** The history of a case is gone, or never was: the library says so in two ways. */
function isUnknown(error: unknown): boolean {
  const code: number | null = isGrpcServiceError(error) ? error.code : null
  return error instanceof WorkflowNotFoundError || code === notFound
}

/** Every text in a history, and what is packed in its payloads, unpacked. */
function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  if (value instanceof Uint8Array) return [Buffer.from(value).toString('utf8')]
  if (typeof value !== 'object' || value === null) return []
  return Object.values(value).flatMap(textsIn)
}
