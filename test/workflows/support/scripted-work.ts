import { activityInfo } from '@temporalio/activity'
import type {
  CaseActivities,
  CloseCaseRequest,
  EscalateTaskRequest,
  EscalateTaskResult,
  Fact,
  GateToOpen,
  OpenTaskRequest,
  OpenTaskResult,
  RunStepRequest,
  RunStepResult,
} from '#domain/case-messages.ts'
import type { CaseValues } from '#domain/expressions.ts'
import type { CasePlan, DocRef } from '#domain/plan.ts'
import { shownHashOf, withDraft } from '#domain/shown-hash.ts'

/** What the workers were asked; `runId` is the run of the case that asked. */
export type Call = Asked & { runId: string }
type Asked =
  | { name: 'runStep'; request: RunStepRequest }
  | { name: 'openTask'; request: OpenTaskRequest }
  | { name: 'escalateTask'; request: EscalateTaskRequest }
  | { name: 'flushFacts'; request: { caseId: string; facts: Fact[] } }
  | { name: 'closeCase'; request: CloseCaseRequest }

/** What the workers do in a test: by default every draft succeeds and nothing is ever due. */
export type Script = {
  runStep: (request: RunStepRequest) => Promise<RunStepResult> | RunStepResult
  openTask: (request: OpenTaskRequest) => Promise<OpenTaskResult> | OpenTaskResult
  escalateTask: (request: EscalateTaskRequest) => Promise<EscalateTaskResult> | EscalateTaskResult
  closeCase: (request: CloseCaseRequest) => Promise<void> | void
  loadPlan: () => CasePlan
}

export type ScriptedWork = {
  activities: CaseActivities
  /** Changes what the workers of one case do. */
  forCase: (caseId: string, script: Partial<Script>) => void
  callsOf: (caseId: string) => Call[]
  /** Every fact of a case that reached the workers, once, in order. */
  factsOf: (caseId: string) => Fact[]
  /** Lets go of what a case did, when thousands are played. */
  forget: (caseId: string) => void
}

let documents = 0

export function aDocument(text = ''): DocRef {
  documents += 1
  return { id: `doc-${documents}`, sha256: `${text}${documents}`.padStart(64, '0'), bytes: text.length + 2 }
}

/** A draft of all outputs asked for; `values` are those that conditions read. */
export function aDraft(fields: string[], values: CaseValues = {}): RunStepResult {
  return { status: 'done', output: aDocument('draft'), fields, values }
}

const quiet: Script = {
  runStep: () => aDraft(['letter']),
  openTask: () => ({ dueAt: null, tiers: [] }),
  escalateTask: () => ({ status: 'escalated' }),
  closeCase: () => undefined,
  loadPlan: () => {
    throw new Error('no plan to load')
  },
}

type Done = Extract<RunStepResult, { status: 'done' }>
type Opening = { note: (call: Asked) => void; script: Script; opens: GateToOpen; facts: Fact[] }

/** A draft opens the gate that reads it, as a worker does. */
async function opening({ note, script, opens, facts }: Opening, done: Done): Promise<Done> {
  const drafted = Object.fromEntries(done.fields.map((name) => [name, done.output]))
  const shown = withDraft(opens, { reads: opens.reads, writes: opens.task.outputs }, drafted)
  const openedAt = Date.now()
  const task = { ...opens.task, openedAt, shownHash: shownHashOf(opens.task, shown) }
  const request: OpenTaskRequest = { ...opens, ...shown, task, draft: done.output, facts }
  note({ name: 'openTask', request })
  try {
    const opened = await script.openTask(request)
    return { ...done, opened: { ...opened, openedAt: new Date(openedAt).toISOString() } }
  } catch {
    // The draft is stored all the same; the case opens the gate itself, and hears what is wrong.
    return done
  }
}

export function scriptedWork(): ScriptedWork {
  const calls = new Map<string, Call[]>()
  const scripts = new Map<string, Partial<Script>>()
  const scriptOf = (caseId: string): Script => ({ ...quiet, ...scripts.get(caseId) })
  const callsOf = (caseId: string): Call[] => calls.get(caseId) ?? []
  const note = (asked: Asked): void => {
    const runId = activityInfo().workflowExecution?.runId ?? ''
    calls.set(asked.request.caseId, [...callsOf(asked.request.caseId), { ...asked, runId }])
  }
  return {
    forCase: (caseId, script) => {
      scripts.set(caseId, { ...scripts.get(caseId), ...script })
    },
    callsOf,
    factsOf: (caseId) => {
      const facts = callsOf(caseId).flatMap((call) => call.request.facts)
      return [...new Map(facts.map((fact) => [fact.seq, fact])).values()].toSorted((a, b) => a.seq - b.seq)
    },
    forget: (caseId) => {
      calls.delete(caseId)
      scripts.delete(caseId)
    },
    activities: {
      runStep: async (request) => {
        note({ name: 'runStep', request })
        const script = scriptOf(request.caseId)
        const result = await script.runStep(request)
        return result.status === 'done' && request.opens != null
          ? opening({ note, script, opens: request.opens, facts: request.facts }, result)
          : result
      },
      openTask: async (request) => {
        note({ name: 'openTask', request })
        return scriptOf(request.caseId).openTask(request)
      },
      escalateTask: async (request) => {
        note({ name: 'escalateTask', request })
        return scriptOf(request.caseId).escalateTask(request)
      },
      flushFacts: async (request) => {
        note({ name: 'flushFacts', request })
      },
      closeCase: async (request) => {
        note({ name: 'closeCase', request })
        return scriptOf(request.caseId).closeCase(request)
      },
      loadPlan: async ({ hash }) => {
        for (const script of scripts.values()) {
          const plan = script.loadPlan?.()
          if (plan?.hash === hash) return plan
        }
        return quiet.loadPlan()
      },
    },
  }
}
