import { z } from 'zod'
import { RowProblem } from '#domain/problems.ts'
import { ApiError } from '#web/api.ts'

const Rejected = z.object({ rows: z.array(RowProblem), total: z.int() })
export type RejectedRows = z.infer<typeof Rejected>

/** The rows that an answer says it refuses; null when the answer is about something else. */
export function rejectedRowsOf(error: unknown): RejectedRows | null {
  if (!(error instanceof ApiError) || error.body.code !== 'RowsRejected') return null
  return Rejected.safeParse(error.body).data ?? null
}
