import type { TaskAction, TaskKind } from '#domain/case-messages.ts'
import type { FieldValues, ProcessMap, StepId } from '#domain/process-map.ts'
import type { ManualLogParameters } from './manual-log.ts'

/** One case written for a sample: what arrives, and what a careful reader finds in it. */
export type SampleCase = {
  values: FieldValues
  /** What later steps hold when everybody reads with care; sample colleagues know it, the AI never sees it. */
  truth: FieldValues
  /** What makes the case awkward; null for an ordinary one. */
  awkward: string | null
}

/** A gate that waits for somebody, as a sample colleague sees it. */
export type ColleagueTask = {
  kind: TaskKind
  stepId: StepId
  /** Every field known so far, the draft under review included. */
  values: FieldValues
  /** In [0, 1); the only source of chance, so that the same task is decided the same way. */
  random: number
}

export type ColleagueDecision = {
  action: TaskAction
  /** Fields that were filled in or changed; empty when nothing was typed. */
  values: FieldValues
  reason: string | null
  /** How long to wait before deciding: a quick human pace, so that one can watch. */
  thinkMs: number
}

export type Colleagues = (task: ColleagueTask) => ColleagueDecision

/** Somebody who does not exist; the name says so wherever it is shown. */
export type SampleColleague = { id: string; name: string; role: string }

/** A complete process of our own invention. Nothing in it comes from a real firm. */
export type Sample = {
  key: string
  name: string
  map: ProcessMap
  /** Values to start cases with, in an order in which any twenty show every branch. */
  intake: FieldValues[]
  /** A synthetic log of the same work done by hand; the same seed gives the same text. */
  baselineCsv: (seed: number) => string
  /** Which step each activity of the log belongs to. */
  stepNames: Record<string, StepId>
  colleagues: Colleagues
  staff: SampleColleague[]
  parameters: ManualLogParameters
}
