import { create } from 'zustand'
import type { DecisionReply, TaskAction } from '#domain/views/tasks.ts'
import type { TaskForm } from './task-forms.ts'

export type LastDecision = {
  decisionId: string
  taskId: string
  caseTitle: string
  action: TaskAction
  status: DecisionReply['status']
  /** In this browser's time; null when it acts at once. */
  undoUntil: number | null
  at: number
  /** What had been typed, so that an undo brings it back. */
  form: TaskForm | null
  example: 'none' | 'offered' | 'adding' | 'added'
}

type Said = { last: LastDecision | null; notice: { words: string; at: number } | null }

/** The decision that can be taken back, and the last short message; shown by the toast. */
export const useLastDecision = create<Said>()(() => ({ last: null, notice: null }))

export function noteDecision(last: LastDecision): void {
  useLastDecision.setState({ last, notice: null })
}

export function sayShortly(words: string): void {
  useLastDecision.setState({ notice: { words, at: Date.now() } })
}

export function forgetDecision(): void {
  useLastDecision.setState({ last: null })
}

export function setExample(example: LastDecision['example']): void {
  useLastDecision.setState(({ last }) => ({ last: last === null ? null : { ...last, example } }))
}
