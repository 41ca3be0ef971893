import type { CaseEventBody } from './case-events.ts'
import type { CaseValues } from './expressions.ts'
import type { CasePlan, DocRef } from './plan.ts'

/**
 * Everything that crosses between API, workflow and activities. Zod-free, so that the sandbox can import it;
 * bodies from outside are parsed in the API before they become one of these.
 */

export const workflowType = 'caseWorkflow'
export const coreQueue = 'tl-core'
export const aiQueue = 'tl-ai'
export const decideUpdate = 'decide'
export const undoUpdate = 'undo'
export const stopUpdate = 'stop'
export const commandUpdate = 'command'
export const deliverUpdate = 'deliver'
export const moveUpdate = 'move'
/** Always refused, with the state of the case as the reason: `docs/decisions/021-a-look-is-a-refused-update.md`. */
export const lookUpdate = 'look'
export const lookRefusal = 'CaseSnapshot'

/** Where ai steps of a case run: beside its own queue, so that tests can have queues of their own. */
export function aiQueueOf(queue: string): string {
  return queue === coreQueue ? aiQueue : queue.replace(/-core$/, '-ai')
}

export function workflowIdOf({ pilotId, caseId }: { pilotId: string; caseId: string }): string {
  return `case:${pilotId}:${caseId}`
}

/** Who did something. `sample` marks the labelled sample colleagues of a sample pilot. */
export type ActorRef = { id: string; name: string; sample: boolean }

/** Where each field's present value is stored. */
export type FieldRefs = Record<string, DocRef>

export type CaseInput = {
  v: 1
  semantics: number
  caseId: string
  pilotId: string
  /** The plan itself, or where to load it when it is too big to stand in every history. */
  plan: CasePlan | PlanRef
  /** How long an outcome is held so that it can be undone; 0 to 60,000. */
  undoMs: number
  fields: FieldRefs
  values: CaseValues
  /** Whoever triggered the case: counts as an author under four eyes. */
  startedBy: ActorRef
  carry: CaseCarry | null
  /** How the pilot was run when the case began; absent means as mapped. */
  control?: CaseControl
}

/** Whether a case stands still, and what of it goes on without AI. */
export type CaseControl = {
  paused: boolean
  byHand: boolean
  /** Steps that a person does for now. */
  byHandSteps: string[]
}

type PlanRef = { mapId: string; version: number; hash: string }

/** State taken over a continue-as-new, at a gate and only there. */
export type CaseCarry = {
  at: string
  visits: Record<string, number>
  seq: number
  fields: FieldRefs
  values: CaseValues
  authors: Record<string, string[]>
  decisions: Record<string, DecisionRecord>
  sendBack: SendBackNote | null
  task: OpenTask | null
  /** The last output of each step that writes fields, and who made it. */
  drafts: Record<string, { ref: DocRef; by: 'ai' | 'person' }>
  /** How many visits there have been in all. */
  stepRuns: number
  /** What nobody was told yet. */
  facts: Fact[]
  /** The visit that the task belongs to; null when the step at `at` has still to be entered. */
  visit: CarriedVisit | null
  /** What semantics 1 did not know. */
  more?: CarriedMore
}

type CarriedMore = {
  control: CaseControl
  /** Done steps that can be undone, in the order in which they were done. */
  undoable: Undoable[]
  commands: string[]
  messages: Record<string, MailState>
  /** Since when the case stands still; absent in what a worker of an older build carried over. */
  pausedAt?: number | null
  /** How many numbers of visits other steps have used up under a name, by path; semantics 5. */
  taken?: Record<string, number>
}

/** A done visit that another step can undo. */
export type Undoable = {
  stepId: string
  execId: string
  /** Where the step stands: in which contained map (null: the case's own), under which path and entry. */
  sub: string | null
  prefix: string
  item: string
  /** What the undoing step reads, as it was when the step was done. */
  fields: FieldRefs
}

/** What came for one kind of message. */
export type MailState = {
  /** Ids of all that were accepted. */
  ids: string[]
  /** Accepted before the case waited for it. */
  early: DeliverArgs | null
}

export type CarriedVisit = {
  stepId: string
  visit: number
  enabledAt: number
  entered: boolean
  touchMs: number | null
  retries: number
  tasks: number
  /** Where work done by hand leads, when that is not the step's own next. */
  then: string | null
  failure: StepFailure | null
}

export type TaskKind = 'review' | 'manual' | 'by-hand' | 'exception'
export type TaskAction =
  | 'approve'
  | 'edit'
  | 'send-back'
  | 'reject'
  | 'by-hand'
  | 'complete'
  | 'cannot-complete'
  | 'fix-and-retry'
  | 'retry'
  | 'skip'
  | 'stop'

export const taskActions: Record<TaskKind, TaskAction[]> = {
  review: ['approve', 'edit', 'send-back', 'reject', 'by-hand'],
  manual: ['complete', 'cannot-complete'],
  'by-hand': ['complete', 'retry', 'cannot-complete'],
  exception: ['fix-and-retry', 'retry', 'skip', 'by-hand', 'stop'],
}

/** What the workflow remembers of a task that waits for a person. */
export type OpenTask = {
  taskId: string
  stepId: string
  execId: string
  visit: number
  kind: TaskKind
  version: number
  /** Made of the content hashes of everything that is displayed. */
  shownHash: string
  options: TaskAction[]
  /** Fields that the person must supply for complete, fix, skip or an edit. */
  outputs: string[]
  /** People who may not approve (four eyes). */
  excluded: string[]
  need: number
  votes: string[]
  reasons: string[]
  openedAt: number
  dueAt: number | null
  /** How many deadlines have passed: 0 while in time, then one more with each escalation. */
  breaches: number
}

/** A decision as the API hands it to the case; `digest` is the hash of the body that was sent. */
export type DecideArgs = {
  decisionId: string
  by: ActorRef
  taskId: string
  taskVersion: number
  shownHash: string
  action: TaskAction
  /** The stored edit, completed form or fix; null when nothing was typed. */
  editRef: DocRef | null
  /** The fields that the edit holds. */
  editedFields: string[]
  /** Those of the edited values that conditions read. */
  values: CaseValues
  reason: string | null
  note: string | null
  /** Active milliseconds spent, as measured in the page. */
  touchMs: number | null
  changedShare: number | null
  digest: string
}

export type DecisionRecord = {
  digest: string
  taskId: string
  action: TaskAction
  by: ActorRef
  at: number
  status: 'applied' | 'counted'
}

export type DecideResult = {
  status: 'applied' | 'counted' | 'duplicate'
  taskId: string
  /** Until when it can be undone; null when it acts at once. */
  undoUntil: string | null
  facts: Fact[]
}

export type UndoArgs = { undoId: string; decisionId: string; by: ActorRef }
export type UndoResult = { taskId: string; taskVersion: number; facts: Fact[] }
/** With `compensate`, done steps that name what undoes them are undone first, the last one first. */
export type StopArgs = { stopId: string; by: ActorRef; reason: string; compensate?: boolean }
export type StopResult = { status: 'stopping' | 'duplicate' }

/** What an owner tells a case to do. The same id again changes nothing. */
export type CommandArgs = { commandId: string; by: ActorRef; reason: string } & CaseCommand
export type CaseCommand =
  | { kind: 'pause' }
  | { kind: 'resume' }
  /** Without AI: one step, or with null the whole case. */
  | { kind: 'go-by-hand'; stepId: string | null }
  | { kind: 'come-back'; stepId: string | null }
  /** The case does not fit the step it is at: it goes to the named branch for `code`, or to the exception desk. */
  | { kind: 'raise-exception'; stepId: string; code: string; note: string }
export type CommandResult = { status: 'applied' | 'unchanged' | 'duplicate'; facts: Fact[] }

export type DeliverArgs = {
  messageId: string
  message: string
  /** The stored fields; null when it brought none. */
  ref: DocRef | null
  fields: string[]
  /** Those of its values that conditions read. */
  values: CaseValues
}
export type DeliverResult = { status: 'delivered' | 'kept' | 'duplicate'; facts: Fact[] }

/** Goes on in another version of the map. `stepIds` names the new step for each old one that is called otherwise. */
export type MoveArgs = { moveId: string; by: ActorRef; plan: CasePlan; stepIds: Record<string, string> }
export type MoveResult = { status: 'moving' | 'duplicate' }

/** Why a case refuses a command, a message or a move. */
export type CommandRefusal =
  | { code: 'CaseClosing'; outcome: string | null }
  | { code: 'StepNotLive'; stepId: string }
  | { code: 'UnknownMessage'; messages: string[] }
  | { code: 'MessageRepeated'; message: string; first?: string | undefined }
  /** The case is past every step that waits for it. */
  | { code: 'MessageTooLate'; message: string }
  | { code: 'NotAtSafePoint'; at: string[] }
  | { code: 'CannotMove'; why: MoveRefusal }

/** Why a case cannot go on in another version. Workers of older builds do not say what the step is called. */
export type MoveRefusal =
  | { code: 'StepRemoved'; stepId: string; title?: string | undefined }
  | { code: 'KindChanged'; stepId: string; title?: string | undefined; from: string; to: string }
  | { code: 'InRegion'; stepId: string }
  | { code: 'VariableMissing'; field: string }
  | { code: 'Compensating' }

/** Why work came back; `from` is the review that sent it. */
export type SendBackNote = {
  from: string
  reason: string
  note: string | null
  by: ActorRef
  draft: DocRef | null
}

/**
 * What the workflow knows and no activity has told yet: an event without its case. Rides on the next activity,
 * or is flushed, or goes back with an Update. `seq` numbers it within the case, so that storing it twice, or in
 * another order, changes nothing. A few hundred bytes, and the note that a person typed.
 */
export type Fact = CaseEventBody & { seq: number }

// Activities. Their names are frozen: recorded histories call them by name.

type StepRequest = {
  caseId: string
  pilotId: string
  /** `step#visit`; `inner/step#visit` in a contained map, `step[3]#visit` for the fourth entry of a list. */
  execId: string
  /** The step as events name it, when that is not `stepId`: `inner/step` in a contained map. */
  path?: string
  mapId: string
  version: number
  planHash: string
  stepId: string
  visit: number
  /** When the step's turn came, in workflow time. */
  enabledAt: string
  inputs: FieldRefs
  facts: Fact[]
}

export type RunStepRequest = StepRequest & {
  sendBack: SendBackNote | null
  attempts: number
  conditionFields: string[]
  /** The gate that reads what is drafted here: opened in the same transaction. Absent in semantics 1. */
  opens?: GateToOpen | null
  /** What a list comes to, once all entries were walked; absent everywhere else. */
  gathers?: ListToGather
  /** The visit that this one undoes; absent on the normal path. */
  undoes?: string
}

/** The task of a gate, but for what only the draft will say. */
export type GateToOpen = Omit<OpenTaskRequest, 'draft' | 'facts'> & {
  /** Every field that is shown beside the draft, whether it has a value yet or not. */
  reads: string[]
}

/** Where each entry left its fields, in the order of the list; null for an entry that failed. */
export type ListToGather = { items: (FieldRefs | null)[] }
/** `raw` is a reply that could not be read, kept for the person who takes over. */
export type StepFailure = { cause: string; message: string; raw: DocRef | null }
export type RunStepResult =
  | {
      status: 'done'
      output: DocRef
      fields: string[]
      values: CaseValues
      /** When the gate was opened, and until when it is due; absent when none was asked for. */
      opened?: OpenTaskResult & { openedAt: string }
    }
  /** A list was cut into its entries: entry `n` stands under `i<n>` in the document. */
  | { status: 'split'; list: DocRef; items: number }
  /** A wait began; `until` is null when only a message ends it. */
  | { status: 'waits'; until: string | null }
  | { status: 'failed'; failure: StepFailure }

export type OpenTaskRequest = StepRequest & {
  task: OpenTask
  /** The draft under review, or what was written so far. */
  draft: DocRef | null
  /** Where each field that the person writes or reviews stands now. */
  written: FieldRefs
  sendBack: SendBackNote | null
  /** Why a person is asked; null for planned work. */
  failure: StepFailure | null
  /** What a step that is now superseded waited for, when the task is opened anew. */
  reopened: boolean
}
/** Null instants: no deadline. Tiers are instants after `dueAt`. */
export type OpenTaskResult = { dueAt: string | null; tiers: string[] }

export type EscalateTaskRequest = {
  caseId: string
  pilotId: string
  mapId: string
  version: number
  planHash: string
  stepId: string
  /** The visit that is late: `stepId#visit`. */
  execId: string
  taskId: string
  taskVersion: number
  /** Absent from cases that a worker of an older build walks: a task of the step itself. */
  kind?: TaskKind
  tier: number
  /** The case leaves on its `sla-breached` branch: the task is closed with the breach. */
  closes: boolean
  facts: Fact[]
}
/** Not due any more (the calendar changed): come again at `dueAt`. */
export type EscalateTaskResult = { status: 'escalated' | 'closed' } | { status: 'not-due'; dueAt: string }

type FlushFactsRequest = { caseId: string; facts: Fact[] }
export type CloseCaseRequest = {
  caseId: string
  pilotId: string
  status: 'done' | 'cancelled'
  outcome: string
  /** The end that was reached; null when the case was stopped before. */
  stepId: string | null
  at: string
  facts: Fact[]
}
type LoadPlanRequest = PlanRef

export type CaseResult = { status: 'done' | 'cancelled'; outcome: string }

export type CaseActivities = {
  runStep: (request: RunStepRequest) => Promise<RunStepResult>
  openTask: (request: OpenTaskRequest) => Promise<OpenTaskResult>
  escalateTask: (request: EscalateTaskRequest) => Promise<EscalateTaskResult>
  flushFacts: (request: FlushFactsRequest) => Promise<void>
  closeCase: (request: CloseCaseRequest) => Promise<void>
  loadPlan: (request: LoadPlanRequest) => Promise<CasePlan>
}

/** What the reconciler and tests may ask of a running case. */
export type CaseSnapshot = {
  /** Where the case is, as paths; several while branches run. */
  at: string[]
  visits: Record<string, number>
  openTasks: OpenTask[]
  seq: number
  status: 'running' | 'waiting' | 'closing'
  semantics: number
  version: number
  control: CaseControl
  /** Whether it could go on in another version right now. */
  isSafePoint: boolean
  /** Inside a fork, a list or a contained map. */
  inRegion: boolean
  undoing: boolean
  /** Fields that have a value. */
  fields: string[]
  /** What no activity was told yet. */
  facts: Fact[]
  /** How each open task is put before people, to open it again exactly so; without facts. */
  opening: OpenTaskRequest[]
}
