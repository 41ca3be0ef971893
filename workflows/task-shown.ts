import type { FieldRefs, OpenTask, SendBackNote, StepFailure } from '#domain/case-messages.ts'
import { pick, sendBackFor, type CaseRun } from './case-run.ts'
import { shownHashOf } from './shown-hash.ts'

/** What a person is shown with a task, by reference. */
export type Shown = {
  inputs: FieldRefs
  written: FieldRefs
  sendBack: SendBackNote | null
  failure: StepFailure | null
}

/** Beside a draft stands what it was made from. */
export function shownWith(run: CaseRun, { stepId, outputs }: Pick<OpenTask, 'stepId' | 'outputs'>): Shown {
  const step = run.plan.steps[stepId]
  const drafting = step?.kind === 'review' ? run.plan.steps[step.reviews] : undefined
  return {
    inputs: pick(run.fields, [...(step?.inputs ?? []), ...(drafting?.inputs ?? [])]),
    written: pick(run.fields, outputs),
    sendBack: sendBackFor(run, stepId),
    failure: run.visit?.failure ?? null,
  }
}

export function refreshShown(run: CaseRun, task: OpenTask): void {
  const { inputs, written, sendBack, failure } = shownWith(run, task)
  const hashes = (refs: FieldRefs): Record<string, string> =>
    Object.fromEntries(Object.entries(refs).map(([name, ref]) => [name, ref.sha256]))
  task.shownHash = shownHashOf({
    stepId: task.stepId,
    visit: task.visit,
    kind: task.kind,
    inputs: hashes(inputs),
    written: hashes(written),
    sendBack: sendBack === null ? null : { ...sendBack, draft: sendBack.draft?.sha256 ?? null },
    failure: failure === null ? null : { ...failure, raw: failure.raw?.sha256 ?? null },
  })
}
