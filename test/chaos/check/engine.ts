import { Client, Connection, WorkflowNotFoundError } from '@temporalio/client'
import { z } from 'zod'
import { lookAtCase } from '#domain/case-look.ts'
import { workflowIdOf } from '#domain/case-messages.ts'
import type { Facts } from './facts.ts'

const Snapshot = z.looseObject({
  openTasks: z.array(z.looseObject({ taskId: z.string(), version: z.number(), shownHash: z.string() })),
  at: z.array(z.string()),
  version: z.number(),
  control: z.object({ paused: z.boolean(), byHand: z.boolean(), byHandSteps: z.array(z.string()) }),
})
type Snapshot = z.infer<typeof Snapshot>
const Result = z.strictObject({ status: z.string(), outcome: z.string() })

/** What Temporal itself says of a case, past the product. */
export type EngineState =
  | { is: 'unknown' }
  | ({ is: 'running' } & Snapshot)
  /** It runs, and no worker tells where it is. */
  | { is: 'silent'; why: string }
  | { is: 'completed'; status: string; outcome: string }
  | { is: 'broken'; as: string }

type CaseOf = Facts['cases'][number]

export type EngineView = {
  stateOf: (found: CaseOf) => Promise<EngineState>
  /** The whole history of a case as text, every payload in clear. */
  historyOf: (found: CaseOf) => Promise<string>
  close: () => Promise<void>
}

const answerMs = 10_000

export async function lookAtEngine(address: string): Promise<EngineView> {
  const connection = await Connection.connect({ address })
  const client = new Client({ connection })
  const handleOf = (found: CaseOf): ReturnType<typeof client.workflow.getHandle> =>
    client.workflow.getHandle(workflowIdOf({ pilotId: found.pilot_id, caseId: found.id }))
  return {
    stateOf: async (found) => {
      const handle = handleOf(found)
      try {
        const { status } = await handle.describe()
        if (status.name === 'COMPLETED') return { is: 'completed', ...Result.parse(await handle.result()) }
        if (status.name !== 'RUNNING') return { is: 'broken', as: status.name }
      } catch (error) {
        if (error instanceof WorkflowNotFoundError) return { is: 'unknown' }
        throw error
      }
      try {
        const asked = await connection.withDeadline(Date.now() + answerMs, () => lookAtCase(handle))
        return { is: 'running', ...Snapshot.parse(asked) }
      } catch (error) {
        return { is: 'silent', why: String(error) }
      }
    },
    historyOf: async (found) => {
      return textsIn(await handleOf(found).fetchHistory())
    },
    close: () => connection.close(),
  }
}

/** Every text in a message, however deep; payloads are bytes, and are read as the text that they hold. */
export function textsIn(value: unknown): string {
  if (typeof value === 'string') return value
  if (value instanceof Uint8Array) return Buffer.from(value).toString('utf8')
  if (typeof value !== 'object' || value === null) return ''
  return Object.values(value).map(textsIn).join('\n')
}
