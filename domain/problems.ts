import { z } from 'zod'
import type { MoveRefusal } from './case-messages.ts'

/** One structural fault of a map: which step or field, and how to mend it. */
export const MapProblem = z
  .strictObject({
    code: z.string(),
    stepId: z.string().nullable(),
    /** JSON path into the map, for example `steps[3].inputs[0]`. */
    at: z.string(),
    message: z.string(),
    mend: z.string(),
  })
  .meta({ id: 'MapProblem' })
export type MapProblem = z.infer<typeof MapProblem>

/** One thing wrong with what was sent: where, what, and the mend. */
export const InputProblem = z
  .strictObject({ field: z.string(), message: z.string(), mend: z.string() })
  .meta({ id: 'InputProblem' })
export type InputProblem = z.infer<typeof InputProblem>

export const RowProblem = z
  .strictObject({ row: z.int(), field: z.string(), message: z.string() })
  .meta({ id: 'RowProblem' })
export type RowProblem = z.infer<typeof RowProblem>

export type Problem =
  | { code: 'InvalidInput'; errors: InputProblem[] }
  | { code: 'NotFound'; what: string }
  | { code: 'NotSignedIn' }
  | { code: 'NotAllowed'; action: string }
  | { code: 'CrossSite' }
  | { code: 'DemoOnly' }
  | { code: 'BodyTooLarge'; limitBytes: number }
  | { code: 'WrongContentType'; expected: string }
  | { code: 'MethodNotAllowed'; allowed: string[] }
  | { code: 'MapChanged'; revision: number }
  | { code: 'MapNotRunnable'; problems: MapProblem[] }
  | { code: 'PilotNotRunning'; status: string }
  | { code: 'BaselineNotReady'; status: string }
  | { code: 'RowsRejected'; rows: RowProblem[]; total: number }
  | { code: 'FileUnreadable'; why: string }
  | { code: 'ImportNotReady'; status: string }
  | { code: 'InUse'; why: string }
  | { code: 'IdempotencyKeyReused' }
  | { code: 'IdempotencyKeyMissing' }
  | { code: 'RequestInFlight' }
  | { code: 'NoMasterKey' }
  | { code: 'CaseClosing'; outcome: string | null }
  /** The engine has no record of the case any more. */
  | { code: 'CaseLost' }
  | { code: 'CaseNotLost' }
  | { code: 'StepNotLive'; stepId: string }
  | { code: 'UnknownMessage'; messages: string[] }
  /** `first` is the message that counts; a case that an older build walks does not name it. */
  | { code: 'MessageRepeated'; message: string; first?: string | undefined }
  | { code: 'MessageTooLate'; message: string }
  | { code: 'MessageIdReused' }
  | { code: 'KeyUnknown'; key: string }
  | { code: 'KeyAmbiguous'; key: string; cases: number[] }
  | { code: 'NotAtSafePoint'; at: string[] }
  | { code: 'CannotMove'; why: MoveRefusal }
  | { code: 'TaskNotFound' }
  | { code: 'TaskAlreadyDecided'; by: string; at: string; action: string }
  | { code: 'TaskStale'; version: number }
  | { code: 'ActionNotAllowed'; options: string[] }
  | { code: 'SelfApproval' }
  | { code: 'AlreadyVoted' }
  | { code: 'ReasonRequired'; reasons: string[] }
  | { code: 'EditTooLarge'; limitBytes: number }
  | { code: 'ValuesInvalid'; errors: InputProblem[] }
  | { code: 'DecisionIdReused' }
  | { code: 'UndoClosed' }
  | { code: 'EngineUnavailable' }
  | { code: 'DatabaseUnavailable' }
  | { code: 'TooManyRequests'; retryAfterSeconds: number }
  /** More is asked for at once than can be worked on: nothing was done. */
  | { code: 'Overloaded'; retryAfterSeconds: number }
  | { code: 'Internal' }

export type ProblemCode = Problem['code']

export function isProblem(value: unknown): value is Problem {
  return typeof value === 'object' && value !== null && 'code' in value && typeof value.code === 'string'
}
