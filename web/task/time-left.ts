import { durationInWords } from '#domain/measure/wording.ts'
import type { TaskSummary } from '#domain/views/tasks.ts'

export type TimeLeft = {
  words: string
  short: string
  tone: 'calm' | 'warn' | 'over'
  /** How full the ring is: the share of the allowed time that is left, or all of it when late. */
  share: number
}

const warnBelow = 0.2

/** How much time a task has left, in words and as the filling of its ring. */
export function timeLeft({ dueAt, used }: Pick<TaskSummary, 'dueAt' | 'used'>, now: number): TimeLeft {
  if (dueAt === null) return { words: 'No deadline', short: 'No deadline', tone: 'calm', share: 0 }
  const ms = Date.parse(dueAt) - now
  const minutes = Math.max(1, Math.round(Math.abs(ms) / 60_000))
  const words = durationInWords(minutes * 60_000)
  if (ms < 0) return { words: `${words} over`, short: `${words} over`, tone: 'over', share: 1 }
  const share = 1 - Math.min(1, used ?? 0)
  return { words: `${words} left`, short: words, tone: share <= warnBelow ? 'warn' : 'calm', share }
}
