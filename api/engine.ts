import type {
  CaseInput,
  CaseSnapshot,
  CommandArgs,
  CommandResult,
  DecideArgs,
  DecideResult,
  DeliverArgs,
  DeliverResult,
  MoveArgs,
  MoveResult,
  StopArgs,
  StopResult,
  UndoArgs,
  UndoResult,
} from '#domain/case-messages.ts'

/**
 * What became of an Update. `unsent`: it certainly did not reach the case. `unanswered`: it may have.
 * `gone`: the case is not running in the engine (ended, or not started yet).
 */
export type Told<Result> =
  | { kind: 'done'; result: Result }
  | { kind: 'refused'; type: string; details: unknown }
  | { kind: 'unsent' }
  | { kind: 'unanswered' }
  | { kind: 'gone' }

export type CaseAddress = { pilotId: string; caseId: string }

/** The durable engine as the API needs it. */
export type Engine = {
  /** Starting a case that runs already, or has run, changes nothing. Throws when the engine does not answer. */
  start: (input: CaseInput) => Promise<void>
  decide: (to: CaseAddress, args: DecideArgs) => Promise<Told<DecideResult>>
  undo: (to: CaseAddress, args: UndoArgs) => Promise<Told<UndoResult>>
  stop: (to: CaseAddress, args: StopArgs) => Promise<Told<StopResult>>
  command: (to: CaseAddress, args: CommandArgs) => Promise<Told<CommandResult>>
  deliver: (to: CaseAddress, args: DeliverArgs) => Promise<Told<DeliverResult>>
  move: (to: CaseAddress, args: MoveArgs) => Promise<Told<MoveResult>>
  /** Where the case is; asking changes nothing. */
  snapshot: (to: CaseAddress) => Promise<Told<CaseSnapshot>>
  /** Ends runs whose case was deleted; a run that is gone already is no fault. */
  terminate: (to: CaseAddress, reason: string) => Promise<void>
  health: () => Promise<{ engine: PartState; worker: PartState }>
}
export type PartState = { ok: boolean; detail: string }
