import type {
  CarriedVisit,
  CaseCarry,
  CaseInput,
  DecideArgs,
  Fact,
  FieldRefs,
  OpenTask,
  SendBackNote,
} from '#domain/case-messages.ts'
import type { CaseEventBody } from '#domain/case-events.ts'
import type { DecidableCase } from '#domain/decide.ts'
import type { CaseValues } from '#domain/expressions.ts'
import type { CasePlan, PlanStep } from '#domain/plan.ts'

/** One passage of the case through one step. */
export type Visit = CarriedVisit

/** An accepted decision that can still be taken back. */
type HeldDecision = { decision: DecideArgs; task: OpenTask; until: number; undone: boolean }

/** Everything that a running case knows. Made anew for every case: nothing here outlives it. */
export type CaseRun = DecidableCase & {
  input: CaseInput
  plan: CasePlan
  /** The step that the case is at, also before it is entered. */
  at: string
  visit: Visit | null
  visits: Record<string, number>
  fields: FieldRefs
  values: CaseValues
  /** Who wrote each field, for four eyes; a model is nobody. */
  authors: Record<string, string[]>
  drafts: CaseCarry['drafts']
  sendBack: SendBackNote | null
  stepRuns: number
  /** The task that was open when the history was cut; it is opened anew. */
  resumed: OpenTask | null
  /** What was decided, until the walk acts on it. */
  answers: Record<string, DecideArgs>
  held: HeldDecision | null
  stopIds: string[]
  /** Told by nobody yet. */
  facts: Fact[]
  seq: number
  updates: number
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
  return {
    input,
    plan,
    at: carry.at,
    visit: carry.visit,
    visits: { ...carry.visits },
    fields: { ...carry.fields },
    values: { ...carry.values },
    authors: { ...carry.authors },
    drafts: { ...carry.drafts },
    sendBack: carry.sendBack,
    stepRuns: carry.stepRuns,
    resumed: carry.task,
    answers: {},
    held: null,
    stopIds: [],
    facts: [...carry.facts],
    seq: carry.seq,
    updates: 0,
    closing: false,
    outcome: null,
    openTasks: {},
    decided: Object.fromEntries(decided),
    decisions: { ...carry.decisions },
    valueTypes: plan.vars,
  }
}

const decisionsCarried = 500

/** What the next history of the same case starts from. */
export function carryOf(run: CaseRun, task: OpenTask | null): CaseCarry {
  return {
    at: run.at,
    visits: run.visits,
    seq: run.seq,
    fields: run.fields,
    values: run.values,
    authors: run.authors,
    decisions: Object.fromEntries(Object.entries(run.decisions).slice(-decisionsCarried)),
    sendBack: run.sendBack,
    task,
    drafts: run.drafts,
    stepRuns: run.stepRuns,
    facts: run.facts,
    visit: task === null ? null : run.visit,
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

/** The id of a visit, the same in events, activities and labels: `draft#2`. */
export function execIdOf({ stepId, visit }: Pick<Visit, 'stepId' | 'visit'>): string {
  return `${stepId}#${visit}`
}

/** Begins a passage through a step. */
export function enter(run: CaseRun, { stepId, then }: { stepId: string; then: string | null }): Visit {
  const count = (run.visits[stepId] ?? 0) + 1
  run.visits[stepId] = count
  run.stepRuns += 1
  const visit: Visit = {
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
  run.visit = visit
  return visit
}

/** Says that the visit began, unless an activity has said so. */
function tellEntered(run: CaseRun, visit: Visit): void {
  if (visit.entered) return
  visit.entered = true
  tell(
    run,
    { type: 'step-entered', stepId: visit.stepId, execId: execIdOf(visit), visit: visit.visit },
    visit.enabledAt,
  )
}

export function tellFinished(run: CaseRun, visit: Visit, doneBy: 'person' | 'rule' | 'skipped'): void {
  const leadMs = Math.max(0, Date.now() - visit.enabledAt)
  const waitMs = doneBy === 'rule' ? 0 : visit.touchMs === null ? null : Math.max(0, leadMs - visit.touchMs)
  tellEntered(run, visit)
  tell(run, {
    type: 'step-finished',
    stepId: visit.stepId,
    execId: execIdOf(visit),
    visit: visit.visit,
    enabledAt: new Date(visit.enabledAt).toISOString(),
    leadMs,
    waitMs,
    touchMs: visit.touchMs,
    machineMs: null,
    doneBy,
  })
}

/** The visit is over without the step being done. */
export function tellAbandoned(run: CaseRun, visit: Visit): void {
  tellEntered(run, visit)
  tell(run, { type: 'step-abandoned', stepId: visit.stepId, execId: execIdOf(visit) })
}

export function countTouch(visit: Visit, touchMs: number | null): void {
  if (touchMs !== null) visit.touchMs = (visit.touchMs ?? 0) + touchMs
}

/** What a person wrote takes the place of what stood there; null allows any field. */
export function applyEdit(run: CaseRun, decision: DecideArgs, allowed: string[] | null): void {
  if (decision.editRef === null) return
  for (const name of decision.editedFields) {
    if (allowed !== null && !allowed.includes(name)) continue
    run.fields[name] = decision.editRef
    run.authors[name] = [...new Set([...(run.authors[name] ?? []), decision.by.id])]
    if (name in run.plan.vars) run.values[name] = decision.values[name] ?? null
  }
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
export function sendBackFor(run: CaseRun, stepId: string): SendBackNote | null {
  const note = run.sendBack
  if (note === null) return null
  const gate: PlanStep | undefined = run.plan.steps[note.from]
  if (note.from === stepId) return note
  return gate?.kind === 'review' && (gate.reviews === stepId || gate.sendBackTo === stepId) ? note : null
}
