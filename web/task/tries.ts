import { create } from 'zustand'

/** A step that was told to try again, from the moment of the decision until one knows what came of it. */
export type Try = {
  caseId: string
  caseTitle: string
  stepId: string
  stepTitle: string
  taskId: string
  /** Of the exception that was decided; what opens at the step after it is news. */
  taskVersion: number
  at: number
}

export const useTries = create<{ tries: Try[] }>()(() => ({ tries: [] }))

const mostTries = 5

export function followTry(made: Try): void {
  useTries.setState(({ tries }) => ({
    tries: [...tries.filter((other) => other.taskId !== made.taskId), made].slice(-mostTries),
  }))
}

export function leaveTry(taskId: string): void {
  useTries.setState(({ tries }) => ({ tries: tries.filter((other) => other.taskId !== taskId) }))
}
