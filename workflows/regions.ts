import { CancellationScope, isCancellation } from '@temporalio/workflow'
import type { FieldRefs, StepFailure } from '#domain/case-messages.ts'
import type { PlanStepOf } from '#domain/plan.ts'
import { flush, told, workRequest, type Calls } from './calls.ts'
import {
  applyOutput,
  newToken,
  ofVisit,
  tell,
  tellAbandoned,
  tellFinished,
  type CaseRun,
  type Scope,
  type Token,
} from './case-run.ts'
import { go, tellBranch, type Exit, type Problem, type Settled } from './steps.ts'
import type { Scene } from './task.ts'
import { calledAwayLate, retrySuffix, working } from './work.ts'

/** How a walk is over: at an end of its map, or at the join that it was to come to. */
export type Walked = { kind: 'end'; outcome: string } | { kind: 'joined' }

export type Walk = (
  place: { run: CaseRun; calls: Calls; token: Token },
  until: string | null,
) => Promise<Walked>

/** Thrown by an entry of a list that would go to the exception desk, which its list does not want. */
export class ItemFailed extends Error {
  readonly failure: StepFailure

  constructor(failure: StepFailure) {
    super(failure.message)
    this.failure = failure
  }
}

/** Every branch walks by itself: a slow one never holds what follows on a fast one. */
export async function atFork(scene: Scene, step: PlanStepOf<'fork'>, walk: Walk): Promise<Exit | Problem> {
  const { run, token, visit } = scene
  const exit = go(step.join)
  if (exit.kind === 'problem') return exit
  tellFinished(run, token, visit, 'rule')
  for (const { to, label } of step.branches) tellBranch(scene, { to, label, on: 'branch' })
  const join = token.scope.plan.steps[step.join]
  const region = openRegion(scene, step.join, walk)
  const first = join?.kind === 'join' && join.waitsFor === 'any'
  await region.all(
    step.branches.map(({ to }) => async () => {
      await region.walkOne({ ...newToken(token.scope, to), sendBack: token.sendBack })
      if (first) region.leaveOthers()
    }),
  )
  return exit
}

/** Walks the region once for each entry of a list, some at a time. */
export async function atForEach(
  scene: Scene,
  step: PlanStepOf<'for-each'>,
  walk: Walk,
): Promise<Exit | Problem | Settled> {
  const { run, calls, token, visit } = scene
  const split = await working(scene, async () => {
    const request = workRequest(run, token, visit, {
      suffix: retrySuffix(visit.retries),
      inputs: step.inputs,
      outputs: [],
      attempts: 1,
    })
    const result = await calls.prepareStep({ activityId: request.execId, summary: step.title }, request)
    told(run, request.facts)
    visit.entered = true
    return result
  })
  if ('kind' in split) return split
  if (split.status === 'failed') return { kind: 'problem', failure: split.failure }
  if (split.status !== 'split') throw new Error(`${visit.stepId} was not cut into entries: ${split.status}`)

  const late = calledAwayLate(scene)
  if (late !== null) return late
  const { list, items } = split
  const ends: (FieldRefs | null)[] = Array.from({ length: items }, () => null)
  const state: { next: number; failed: number; fatal: StepFailure | null } = {
    next: 0,
    failed: 0,
    fatal: null,
  }
  const region = openRegion(scene, step.join, walk)
  const walkItem = async (index: number): Promise<void> => {
    const scope = itemScope(token.scope, step, { ...list, at: `i${index}` }, index)
    try {
      await region.walkOne(newToken(scope, step.each))
      ends[index] = scope.fields
    } catch (error) {
      if (!(error instanceof ItemFailed)) throw error
      const { cause, message } = error.failure
      state.failed += 1
      tell(run, { type: 'item-failed', ...ofVisit(token, visit), item: index, cause, message })
      if (step.whenItemFails === 'stop') {
        state.fatal ??= error.failure
        region.leaveOthers()
      }
    }
  }
  await region.all(
    Array.from({ length: Math.min(step.maxParallel, items) }, () => async () => {
      while (state.next < items && state.fatal === null) {
        const index = state.next
        state.next += 1
        await walkItem(index)
      }
    }),
  )
  if (state.fatal !== null) return { kind: 'problem', failure: state.fatal }

  if (step.gather.length > 0 || step.doneCount !== null || step.failedCount !== null) {
    const gathered = await gather(scene, step, ends)
    if (gathered !== null) return gathered
  }
  tell(run, {
    type: 'list-finished',
    ...ofVisit(token, visit),
    items,
    done: items - state.failed,
    failed: state.failed,
  })
  tellFinished(run, token, visit, 'system')
  return go(step.join)
}

/** Puts together what every entry has come to. */
async function gather(
  scene: Scene,
  step: PlanStepOf<'for-each'>,
  ends: (FieldRefs | null)[],
): Promise<Problem | Settled | null> {
  const { run, calls, token, visit } = scene
  const names = step.gather.map(({ from }) => from)
  const gathered = await working(scene, async () => {
    const request = workRequest(run, token, visit, {
      suffix: `${retrySuffix(visit.retries)}.g`,
      inputs: [],
      outputs: step.outputs,
      attempts: 1,
    })
    const items = ends.map((fields) =>
      fields === null
        ? null
        : Object.fromEntries(Object.entries(fields).filter(([name]) => names.includes(name))),
    )
    const result = await calls.prepareStep(
      { activityId: request.execId, summary: `${step.title}: together` },
      { ...request, gathers: { items } },
    )
    told(run, request.facts)
    return result
  })
  if ('kind' in gathered) return gathered
  if (gathered.status === 'failed') return { kind: 'problem', failure: gathered.failure }
  if (gathered.status !== 'done') throw new Error(`${visit.stepId} was not gathered: ${gathered.status}`)
  const { output, fields, values } = gathered
  applyOutput(token.scope, { ref: output, fields, values }, step.outputs)
  return calledAwayLate(scene)
}

/** An entry has its own copy of everything, and hands on only what its list gathers. */
function itemScope(
  scope: Scope,
  step: PlanStepOf<'for-each'>,
  item: FieldRefs[string],
  index: number,
): Scope {
  return {
    ...scope,
    item: `${scope.item}[${index}]`,
    fields: { ...scope.fields, [step.item]: item },
    values: { ...scope.values },
    authors: { ...scope.authors },
    drafts: { ...scope.drafts },
    whenItemFails: step.whenItemFails,
  }
}

type Region = {
  /** Walks a new place of the case to the join. */
  walkOne: (child: Token) => Promise<void>
  /** Ends every other walk of the region: what they were at is left. */
  leaveOthers: () => void
  /** Runs all parts to their end. Fails with the first that failed, once none is left. */
  all: (parts: (() => Promise<void>)[]) => Promise<void>
}

function openRegion({ run, calls, token }: Scene, join: string, walk: Walk): Region {
  const under = new Map<Token, CancellationScope>()
  let isLeft = false
  const leave = (): void => {
    isLeft = true
    for (const scope of under.values()) scope.cancel()
  }
  return {
    walkOne: async (child) => {
      if (isLeft) return
      const scope = new CancellationScope()
      under.set(child, scope)
      run.tokens = [...run.tokens.filter((other) => other !== token), child]
      try {
        // An end inside a region is never published; should one slip through, no more than its branch is over.
        await scope.run(() => walk({ run, calls, token: child }, join))
      } catch (error) {
        tellLeft(run, child)
        if (!(isLeft && isCancellation(error))) throw error
      } finally {
        under.delete(child)
        run.tokens = run.tokens.filter((other) => other !== child)
      }
    },
    leaveOthers: leave,
    all: async (parts) => {
      const results = await Promise.allSettled(
        parts.map(async (part) => {
          try {
            await part()
          } catch (error) {
            leave()
            throw error
          }
          // Whoever is done has nothing that would carry what it told, while others may wait for days.
          if (under.size > 0 && !isLeft && run.facts.length > 0) await flush(run, calls)
        }),
      )
      run.tokens = [...run.tokens, token]
      const failures = results.flatMap((result): unknown[] =>
        result.status === 'rejected' ? [result.reason] : [],
      )
      const worst = failures.find((failure) => !isCancellation(failure)) ?? failures[0]
      if (worst !== undefined) throw worst
    },
  }
}

/**
 * What a walk that is ended was at is left undone. A case that ends says so of everything at once; one that undoes what
 * it did goes on meanwhile, and nobody is to be asked for what it has left (from semantics 3 on).
 */
export function tellLeft(run: CaseRun, child: Token): void {
  if (run.closing || (run.stopping && run.semantics < 3)) return
  if (child.opened !== null) tellAbandoned(run, child, child.opened.visit)
  if (child.visit !== null) tellAbandoned(run, child, child.visit)
}
