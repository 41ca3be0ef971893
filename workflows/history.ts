import { allHandlersFinished, condition, makeContinueAsNewFunc, workflowInfo } from '@temporalio/workflow'
import type { CaseInput, CaseResult, MoveArgs, MoveRefusal, OpenTask } from '#domain/case-messages.ts'
import { whyNotMove, type MovableCase } from '#domain/map-upgrades.ts'
import type { CasePlan } from '#domain/plan.ts'
import { renamedPath } from '#domain/step-names.ts'
import {
  carryOf,
  execIdOf,
  ofVisit,
  pathOf,
  tell,
  tellEntered,
  type CaseRun,
  type Visit,
} from './case-run.ts'

const eventsPerRun = 1_500
const updatesPerRun = 200

/**
 * Notes whether the case is better continued in a new history: whenever something has happened that the history
 * tells. A look is nothing of that kind, and yet the history looks longer during one: no replay would do then what
 * was done.
 */
export function noteHistory(run: CaseRun): void {
  const { historyLength, continueAsNewSuggested } = workflowInfo()
  run.isLong ||= continueAsNewSuggested || historyLength > eventsPerRun || run.updates >= updatesPerRun
}

/** Counts an update that was taken: a history holds no more than so many. */
export function countUpdate(run: CaseRun): void {
  run.updates += 1
  noteHistory(run)
}

/** In one place of its own map, and nothing under way but a wait for a person. */
export function isSafePoint(run: CaseRun): boolean {
  return (
    // A branch that is the last of its fork, or the only entry under way, is one place as well, and no safe one.
    run.tokens.length === 1 &&
    run.tokens[0] === run.root &&
    run.root.cancelWork === null &&
    Object.keys(run.opening).length === 0 &&
    Object.keys(run.held).length === 0 &&
    !run.stopping &&
    !run.closing
  )
}

/** Whether the very next thing that happens would be the move: people are asked, and have not answered yet. */
export function canMoveNow(run: CaseRun): boolean {
  const { root, moving } = run
  return (
    isSafePoint(run) &&
    root.isIdle &&
    root.interrupt === null &&
    moving === null &&
    Object.keys(run.openTasks).length > 0
  )
}

/** Why the case cannot go on in another version from where it is; null when it can, at the next safe point. */
export function whyNotHere(
  run: CaseRun,
  { plan, stepIds }: Pick<MoveArgs, 'plan' | 'stepIds'>,
): MoveRefusal | null {
  const snapshot: MovableCase = {
    at: run.tokens.map(({ scope, at }) => pathOf(scope, at)),
    status: run.closing || run.stopping ? 'closing' : 'running',
    inRegion: run.tokens.length !== 1 || run.tokens[0] !== run.root,
    undoing: run.undoing,
    fields: Object.keys(run.root.scope.fields),
  }
  return whyNotMove(snapshot, { from: run.plan, to: plan, stepIds })
}

/** Whether the history is to be cut here: it is long, or the case goes on in another version. */
export function shouldCut(run: CaseRun): boolean {
  return (run.moving !== null || run.isLong) && isSafePoint(run)
}

/**
 * Cuts the history at a gate, where nothing else is under way: the open task is opened anew there.
 * Comes back only if something was decided in the meantime.
 */
export async function continueElsewhere(run: CaseRun, task: OpenTask | null): Promise<void> {
  await condition(allHandlersFinished)
  if (task !== null && run.answers[task.taskId] !== undefined) return
  if (run.moving !== null && run.semantics >= 3 && whyNotHere(run, run.moving) !== null) {
    forgetMove(run, run.moving)
    return
  }
  const input = run.moving === null ? { ...run.input, carry: carryOf(run, task) } : movedInput(run, task)
  await makeContinueAsNewFunc<(input: CaseInput) => Promise<CaseResult>>()(input)
}

/** The case has gone on since it was told to move: told again, it says why it cannot. */
function forgetMove(run: CaseRun, { moveId }: MoveArgs): void {
  run.moving = null
  run.commands = run.commands.filter((id) => id !== moveId)
}

/** The same case at the same step of another version; `whyNotMove` has found that there is one. */
function movedInput(run: CaseRun, task: OpenTask | null): CaseInput {
  const { moving } = run
  if (moving === null) throw new Error(`case ${run.input.caseId} does not move`)
  const { moveId, plan, by } = moving
  const stepIds = plan.semantics >= 5 ? namesHere(run, moving) : moving.stepIds
  const taken = plan.semantics >= 5 ? takenAfter(run, stepIds) : {}
  const isLeft = (name: string): boolean => plan.semantics < 5 || !isTakenOver(name, stepIds)
  const renamed = (stepId: string): string => stepIds[stepId] ?? stepId
  const renamedIn = (path: string): string => renamedPath(path, stepIds)
  const told = run.semantics >= 3 ? { by, moveId } : { by }
  const names = Object.entries(stepIds).filter(([from, to]) => from !== to)
  tell(run, {
    type: 'case-moved',
    ...told,
    ...(run.semantics >= 4 && names.length > 0 ? { stepIds: Object.fromEntries(names) } : {}),
    fromVersion: run.plan.version,
    toVersion: plan.version,
  })
  if (run.semantics >= 4 && task !== null && run.root.visit !== null) {
    tellRenamed(run, run.root.visit, renamed(run.root.visit.stepId))
  }
  const { more, ...carry } = carryOf(run, task)
  const { visit } = carry
  return {
    ...run.input,
    plan: withUndoable(run, plan),
    semantics: plan.semantics,
    carry: {
      ...carry,
      at: renamed(carry.at),
      visits: mapKeys(carry.visits, renamedIn, isLeft),
      drafts: mapKeys(carry.drafts, renamed, isLeft),
      sendBack: carry.sendBack === null ? null : { ...carry.sendBack, from: renamed(carry.sendBack.from) },
      visit:
        visit === null ? null : { ...visit, stepId: renamed(visit.stepId), then: thenIn(run, moving, visit) },
      task: task === null ? null : movedTask(run, task, { stepId: renamed(task.stepId), taken }),
      ...(more === undefined
        ? {}
        : {
            more: {
              ...more,
              taken,
              control: { ...more.control, byHandSteps: more.control.byHandSteps.map(renamedIn) },
              undoable: more.undoable.map((undoable) => ({
                ...undoable,
                stepId: undoable.sub === null ? renamed(undoable.stepId) : undoable.stepId,
                prefix: renamedIn(undoable.prefix),
              })),
            },
          }),
    },
  }
}

/** What steps of the version that the case is in are called in the other; an order may name those of others too. */
function namesHere({ plan }: CaseRun, { stepIds }: MoveArgs): Record<string, string> {
  return Object.fromEntries(Object.entries(stepIds).filter(([from]) => from in plan.steps))
}

/**
 * What is done under a name is done for good: whichever step bears a name that was another's, now or later, goes on
 * counting where that one stopped.
 */
function takenAfter(run: CaseRun, stepIds: Record<string, string>): Record<string, number> {
  const before = run.root.scope.taken
  const names = new Set([...Object.keys(run.visits), ...Object.keys(before)])
  return Object.fromEntries(
    [...names].flatMap((name) => {
      const isAnothers = renamedPath(name, stepIds) !== name || isTakenOver(name, stepIds)
      const used = (before[name] ?? 0) + (isAnothers ? (run.visits[name] ?? 0) : 0)
      return used === 0 ? [] : [[name, used]]
    }),
  )
}

/** Whether a path begins with the name of a step that is gone, which another step has from now on. */
function isTakenOver(path: string, stepIds: Record<string, string>): boolean {
  const renamed = Object.entries(stepIds).filter(([from, to]) => from !== to)
  const isFirst = (stepId: string): boolean => renamedPath(path, { [stepId]: '' }) !== path
  return renamed.some(([, to]) => isFirst(to)) && !renamed.some(([from]) => isFirst(from))
}

/** The visit goes on under another name, which whoever opens its task anew tells: nobody waits at the old one. */
function tellRenamed(run: CaseRun, visit: Visit, stepId: string): void {
  if (stepId === visit.stepId) return
  tellEntered(run, run.root, visit)
  tell(run, { type: 'step-abandoned', ...ofVisit(run.root, visit) })
}

function movedTask(
  run: CaseRun,
  task: OpenTask,
  { stepId, taken }: { stepId: string; taken: Record<string, number> },
): OpenTask {
  const scope = { ...run.root.scope, taken }
  const execId = run.semantics >= 4 ? execIdOf(scope, { ...task, stepId }) : task.execId
  return { ...task, stepId, execId }
}

/** Where work done by hand leads in the other version: past the gate that it led past; null where that is gone. */
function thenIn(run: CaseRun, { plan, stepIds }: MoveArgs, { stepId, then }: Visit): string | null {
  if (then === null) return null
  const is = (id: string): string => stepIds[id] ?? id
  const past = Object.entries(run.plan.steps).find(
    ([, step]) => step.kind === 'review' && step.reviews === stepId && step.next === then,
  )
  const gate = past === undefined ? undefined : plan.steps[is(past[0])]
  return gate?.kind === 'review' && gate.reviews === is(stepId) ? gate.next : null
}

/** What was done in a contained map is undone by the version in which it was done. */
function withUndoable({ plan: before, undoable }: CaseRun, plan: CasePlan): CasePlan {
  const kept = undoable.flatMap(({ sub }) => {
    const known = sub === null || plan.subs?.[sub] !== undefined ? undefined : before.subs?.[sub]
    return sub === null || known === undefined ? [] : [[sub, known] as const]
  })
  return kept.length === 0 ? plan : { ...plan, subs: { ...plan.subs, ...Object.fromEntries(kept) } }
}

function mapKeys<T>(
  record: Record<string, T>,
  keyOf: (key: string) => string,
  isKept: (key: string) => boolean,
): Record<string, T> {
  return Object.fromEntries(
    Object.entries(record).flatMap(([key, value]) => (isKept(key) ? [[keyOf(key), value]] : [])),
  )
}
