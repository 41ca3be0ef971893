import type { CancellationScope } from '@temporalio/workflow'
import type {
  CarriedVisit,
  CaseCarry,
  CaseControl,
  CaseInput,
  CommandArgs,
  DecideArgs,
  Fact,
  FieldRefs,
  MailState,
  MoveArgs,
  OpenTask,
  SendBackNote,
  StepFailure,
  Undoable,
} from '#domain/case-messages.ts'
import type { CaseEventBody } from '#domain/case-events.ts'
import type { DecidableCase } from '#domain/decide.ts'
import type { CaseValues } from '#domain/expressions.ts'
import type { CasePlan, PlanStep, SubPlan } from '#domain/plan.ts'

/** One passage of the case through one step. */
export type Visit = CarriedVisit & {
  /** The step is done; what happens to the visit now does not leave it undone. */
  done?: boolean
}

/** What is known in one part of a case: its own map, a contained map, or one entry of a list. */
export type Scope = {
  plan: CasePlan | SubPlan
  /** Key of the contained map in the plan; null for the case's own. */
  sub: string | null
  /** Before the step in paths: '' or `inner/`. */
  prefix: string
  /** After it: '' or `[3]`. */
  item: string
  fields: FieldRefs
  values: CaseValues
  /** Who wrote each field, for four eyes; a model is nobody. */
  authors: Record<string, string[]>
  drafts: CaseCarry['drafts']
  /** What becomes of an entry of a list that would go to the exception desk. */
  whenItemFails: 'collect' | 'stop' | null
  /** By path: numbers of visits that steps of earlier versions have used up under a name that was theirs. */
  taken: Readonly<Record<string, number>>
}

/** Why whoever waits at a step is called away from it. */
export type Interrupt = { kind: 'by-hand' } | { kind: 'again' } | { kind: 'problem'; failure: StepFailure }

/** One place where the case is; a fork and a list make several. */
export type Token = {
  scope: Scope
  /** The step that it is at, also before it is entered. */
  at: string
  visit: Visit | null
  /** Why work came back. */
  sendBack: SendBackNote | null
  /** The task that was open when the history was cut; it is opened anew. */
  resumed: OpenTask | null
  /** A gate that the draft before it has opened already. */
  opened: OpenedGate | null
  interrupt: Interrupt | null
  /** It waits for people, and the workers have nothing to do for it. */
  isIdle: boolean
  /** Ends the activity that is under way. */
  cancelWork: (() => void) | null
  /** In which its activities run, one after the other. */
  workScope: CancellationScope | null
}

export type OpenedGate = { visit: Visit; task: OpenTask; deadlines: number[] }

/** An accepted decision that can still be taken back. */
export type HeldDecision = { decision: DecideArgs; task: OpenTask; until: number; undone: boolean }

/** Everything that a running case knows. Made anew for every case: nothing here outlives it. */
export type CaseRun = DecidableCase & {
  input: CaseInput
  plan: CasePlan
  semantics: number
  root: Token
  /** Every place where the case is, the root among them. */
  tokens: Token[]
  visits: Record<string, number>
  stepRuns: number
  /** Who asked each open task. */
  asking: Record<string, { token: Token; visit: Visit }>
  /** Tasks that a draft is about to open: decisions on them wait. */
  opening: Record<string, true>
  /** What was decided, until the walk acts on it. */
  answers: Record<string, DecideArgs>
  held: Record<string, HeldDecision>
  stopIds: string[]
  /** Being stopped: nothing goes on, and what was done is undone. */
  stopping: boolean
  /** What was done is to be undone, now that the case is being stopped. */
  takesBack: boolean
  undoable: Undoable[]
  undoing: boolean
  control: CaseControl
  pausedAt: number | null
  /** How long the case has stood still in all: deadlines move by as much. */
  stoodStillMs: number
  commands: string[]
  mail: Record<string, MailState>
  moving: MoveArgs | null
  /** Told by nobody yet. */
  facts: Fact[]
  seq: number
  /** The last fact that a flush took along: two flushes at one fact would be one activity twice. */
  flushedSeq: number
  updates: number
  /** The history is better cut at the next safe point: see `noteHistory`. */
  isLong: boolean
}

const nothingCarried = {
  visits: {},
  seq: 0,
  authors: {},
  decisions: {},
  sendBack: null,
  task: null,
  drafts: {},
  stepRuns: 0,
  visit: null,
  facts: [],
}

const asMapped: CaseControl = { paused: false, byHand: false, byHandSteps: [] }

export function startRun(input: CaseInput, plan: CasePlan): CaseRun {
  const starter = Object.keys(input.fields).map((name): [string, string[]] => [name, [input.startedBy.id]])
  const carry: CaseCarry = input.carry ?? {
    ...nothingCarried,
    at: plan.start,
    fields: input.fields,
    values: input.values,
    authors: Object.fromEntries(starter),
  }
  const decided = Object.values(carry.decisions)
    .filter((record) => record.status === 'applied')
    .map(({ taskId, by, at, action }) => [taskId, { taskVersion: 0, by: by.name, at, action }] as const)
  const scope: Scope = {
    plan,
    sub: null,
    prefix: '',
    item: '',
    fields: { ...carry.fields },
    values: { ...carry.values },
    authors: { ...carry.authors },
    drafts: { ...carry.drafts },
    whenItemFails: null,
    taken: { ...carry.more?.taken },
  }
  const root: Token = {
    ...newToken(scope, carry.at),
    visit: carry.visit,
    sendBack: carry.sendBack,
    resumed: carry.task,
  }
  const control = carry.more?.control ?? input.control ?? asMapped
  return {
    input,
    plan,
    semantics: input.semantics,
    root,
    tokens: [root],
    visits: { ...carry.visits },
    stepRuns: carry.stepRuns,
    asking: {},
    opening: {},
    answers: {},
    held: {},
    stopIds: [],
    stopping: false,
    takesBack: false,
    undoable: [...(carry.more?.undoable ?? [])],
    undoing: false,
    control: { ...control, byHandSteps: [...control.byHandSteps] },
    pausedAt: control.paused ? (carry.more?.pausedAt ?? Date.now()) : null,
    stoodStillMs: 0,
    commands: [...(carry.more?.commands ?? [])],
    mail: { ...carry.more?.messages },
    moving: null,
    facts: [...carry.facts],
    seq: carry.seq,
    flushedSeq: -1,
    updates: 0,
    isLong: false,
    closing: false,
    outcome: null,
    openTasks: {},
    decided: Object.fromEntries(decided),
    decisions: { ...carry.decisions },
    valueTypes: plan.vars,
  }
}

export function newToken(scope: Scope, at: string): Token {
  return {
    scope,
    at,
    visit: null,
    sendBack: null,
    resumed: null,
    opened: null,
    interrupt: null,
    isIdle: false,
    cancelWork: null,
    workScope: null,
  }
}

const decisionsCarried = 500
const commandsCarried = 100

/** What the next history of the same case starts from; only where the case is in one place of its own map. */
export function carryOf(run: CaseRun, task: OpenTask | null): CaseCarry {
  const { scope, at, sendBack, visit } = run.root
  const more = {
    ...(Object.keys(scope.taken).length === 0 ? {} : { taken: { ...scope.taken } }),
    control: run.control,
    undoable: run.undoable,
    commands: run.commands.slice(-commandsCarried),
    messages: run.mail,
    pausedAt: run.pausedAt,
  }
  return {
    at,
    visits: run.visits,
    seq: run.seq,
    fields: scope.fields,
    values: scope.values,
    authors: scope.authors,
    decisions: Object.fromEntries(Object.entries(run.decisions).slice(-decisionsCarried)),
    sendBack,
    task,
    drafts: scope.drafts,
    stepRuns: run.stepRuns,
    facts: run.facts,
    visit: task === null ? null : visit,
    more,
  }
}

/** Distributes over the union, so that every event keeps its own shape. */
type Told<Event> = Event extends unknown ? Omit<Event, 'at'> : never

/** Notes something that happened; it reaches the database with the next activity. */
export function tell(run: CaseRun, body: Told<CaseEventBody>, at: number = Date.now()): Fact {
  run.seq += 1
  const fact: Fact = { ...body, at: new Date(at).toISOString(), seq: run.seq }
  run.facts.push(fact)
  return fact
}

/** A step as events name it: `inner/step` in a contained map. */
export function pathOf({ prefix }: Scope, stepId: string): string {
  return `${prefix}${stepId}`
}

/** The id of a visit, the same in events, activities and labels: `draft#2`, `inner/line[3]#1`. */
export function execIdOf(scope: Scope, visit: Pick<Visit, 'stepId' | 'visit'>): string {
  return `${pathOf(scope, visit.stepId)}${scope.item}#${numberOf(scope, visit)}`
}

/** The number in a visit's id: no other step of the case has ever had it under the same name. */
export function numberOf(scope: Scope, { stepId, visit }: Pick<Visit, 'stepId' | 'visit'>): number {
  return visit + (scope.taken[`${pathOf(scope, stepId)}${scope.item}`] ?? 0)
}

/** Begins a passage through a step. */
export function enter(
  run: CaseRun,
  scope: Scope,
  { stepId, then }: { stepId: string; then: string | null },
): Visit {
  const key = `${pathOf(scope, stepId)}${scope.item}`
  const count = (run.visits[key] ?? 0) + 1
  run.visits[key] = count
  run.stepRuns += 1
  return {
    stepId,
    visit: count,
    enabledAt: Date.now(),
    entered: false,
    touchMs: null,
    retries: 0,
    tasks: 0,
    then,
    failure: null,
  }
}

/** The passage did not come about after all. */
export function unenter(run: CaseRun, scope: Scope, { stepId, visit }: Visit): void {
  run.visits[`${pathOf(scope, stepId)}${scope.item}`] = visit - 1
  run.stepRuns -= 1
}

type OfVisit = { stepId: string; execId: string }

export function ofVisit({ scope }: Pick<Token, 'scope'>, visit: Visit): OfVisit {
  return { stepId: pathOf(scope, visit.stepId), execId: execIdOf(scope, visit) }
}

/** Says that the visit began, unless an activity has said so. */
export function tellEntered(run: CaseRun, token: Token, visit: Visit): void {
  if (visit.entered) return
  visit.entered = true
  tell(run, { type: 'step-entered', ...ofVisit(token, visit), visit: visit.visit }, visit.enabledAt)
}

export function tellFinished(
  run: CaseRun,
  token: Token,
  visit: Visit,
  doneBy: 'person' | 'rule' | 'system' | 'skipped',
): void {
  const leadMs = Math.max(0, Date.now() - visit.enabledAt)
  tellEntered(run, token, visit)
  visit.done = true
  tell(run, {
    type: 'step-finished',
    ...ofVisit(token, visit),
    visit: visit.visit,
    enabledAt: new Date(visit.enabledAt).toISOString(),
    leadMs,
    waitMs: waitOf(doneBy, leadMs, visit.touchMs),
    touchMs: visit.touchMs,
    machineMs: null,
    doneBy,
  })
}

function waitOf(doneBy: string, leadMs: number, touchMs: number | null): number | null {
  if (doneBy === 'rule') return 0
  if (doneBy === 'system') return leadMs
  return touchMs === null ? null : Math.max(0, leadMs - touchMs)
}

/** The visit is over without the step being done. */
export function tellAbandoned(run: CaseRun, token: Token, visit: Visit): void {
  if (visit.done === true) return
  visit.done = true
  tellEntered(run, token, visit)
  tell(run, { type: 'step-abandoned', ...ofVisit(token, visit) })
}

export function countTouch(visit: Visit, touchMs: number | null): void {
  if (touchMs !== null) visit.touchMs = (visit.touchMs ?? 0) + touchMs
}

/** What a person wrote takes the place of what stood there; null allows any field. */
export function applyEdit(scope: Scope, decision: DecideArgs, allowed: string[] | null): void {
  if (decision.editRef === null) return
  for (const name of decision.editedFields) {
    if (allowed !== null && !allowed.includes(name)) continue
    scope.fields[name] = decision.editRef
    scope.authors[name] = [...new Set([...(scope.authors[name] ?? []), decision.by.id])]
    if (name in scope.plan.vars) scope.values[name] = decision.values[name] ?? null
  }
}

/** Fields that no person wrote take the place of what stood there. */
export function applyOutput(
  scope: Scope,
  { ref, fields, values }: { ref: FieldRefs[string]; fields: string[]; values: CaseValues },
  allowed: string[],
): void {
  for (const name of fields) {
    if (!allowed.includes(name)) continue
    scope.fields[name] = ref
    scope.authors[name] = []
    if (name in scope.plan.vars) scope.values[name] = values[name] ?? null
  }
}

/** Remembers a done step that another one undoes when the case is stopped. */
export function noteUndoable(run: CaseRun, { scope }: Token, visit: Visit): void {
  const undoing = scope.plan.undo?.[visit.stepId]
  if (undoing === undefined) return
  const { sub, prefix, item, fields, plan } = scope
  run.undoable.push({
    stepId: undoing,
    execId: execIdOf(scope, visit),
    sub,
    prefix,
    item,
    fields: pick(fields, plan.steps[undoing]?.inputs ?? []),
  })
}

export function pick(refs: FieldRefs, names: string[]): FieldRefs {
  const wanted = [...new Set(names)].toSorted()
  return Object.fromEntries(
    wanted.flatMap((name) => {
      const ref = refs[name]
      return ref === undefined ? [] : [[name, ref]]
    }),
  )
}

/** The send-back that concerns this step: it drafts again, or reads what was drafted again. */
export function sendBackFor({ sendBack, scope }: Token, stepId: string): SendBackNote | null {
  if (sendBack === null) return null
  const gate: PlanStep | undefined = scope.plan.steps[sendBack.from]
  if (sendBack.from === stepId) return sendBack
  return gate?.kind === 'review' && (gate.reviews === stepId || gate.sendBackTo === stepId) ? sendBack : null
}

/** Whether the owner wants this step done by a person for now. */
export function isByHand({ control }: CaseRun, { scope, at }: Pick<Token, 'scope' | 'at'>): boolean {
  return control.byHand || control.byHandSteps.includes(pathOf(scope, at))
}

/** Whether a command was taken before. */
export function isKnown(run: CaseRun, { commandId }: Pick<CommandArgs, 'commandId'>): boolean {
  return run.commands.includes(commandId)
}
