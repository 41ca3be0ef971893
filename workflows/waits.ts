import type { DeliverArgs } from '#domain/case-messages.ts'
import type { PlanStepOf } from '#domain/plan.ts'
import { told, workRequest } from './calls.ts'
import { applyOutput, ofVisit, tell, tellFinished, type CaseRun } from './case-run.ts'
import { waitFor } from './pause.ts'
import { go, problem, type Exit, type Problem, type Settled } from './steps.ts'
import type { Scene } from './task.ts'
import { retrySuffix, working } from './work.ts'

/** Waits until an instant, or for a message; a message that came before is taken at once. */
export async function atWait(scene: Scene, step: PlanStepOf<'wait'>): Promise<Exit | Problem | Settled> {
  const { run, calls, token, visit } = scene
  const began = await working(scene, async () => {
    const request = workRequest(run, token, visit, {
      suffix: retrySuffix(visit.retries),
      inputs: step.inputs,
      outputs: step.outputs,
      attempts: 1,
    })
    const result = await calls.prepareStep({ activityId: request.execId, summary: step.title }, request)
    told(run, request.facts)
    visit.entered = true
    return result
  })
  if ('kind' in began) return began
  if (began.status === 'failed') return { kind: 'problem', failure: began.failure }
  if (began.status !== 'waits') throw new Error(`step ${visit.stepId} did not begin to wait: ${began.status}`)

  const due = began.until === null ? null : Date.parse(began.until)
  const { message } = step
  const before = run.stoodStillMs
  for (let isOver = false; !isOver;) {
    const called = await waitFor(
      run,
      () => token.interrupt !== null || (message !== null && hasMail(run, message)),
      due === null ? null : due + (run.stoodStillMs - before),
    )
    const { interrupt } = token
    token.interrupt = null
    if (interrupt !== null) return interrupt
    if (message !== null && called === 'due') {
      return problem('timed-out', `The message "${message}" did not come in time.`)
    }
    // Another place of the case may wait for the same message, and have taken it.
    isOver = message === null || take(scene, step, message)
  }
  tellFinished(run, token, visit, 'system')
  return go(step.next)
}

function hasMail(run: CaseRun, message: string): boolean {
  return (run.mail[message]?.early ?? null) !== null
}

function take({ run, token, visit }: Scene, step: PlanStepOf<'wait'>, message: string): boolean {
  const mail = run.mail[message]
  const args: DeliverArgs | null = mail?.early ?? null
  if (mail === undefined || args === null) return false
  mail.early = null
  if (args.ref !== null) {
    applyOutput(token.scope, { ref: args.ref, fields: args.fields, values: args.values }, step.outputs)
  }
  tell(run, { type: 'message-received', ...ofVisit(token, visit), message, messageId: args.messageId })
  return true
}
