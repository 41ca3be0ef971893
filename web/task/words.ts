import type { Band, TaskAction, TaskKind } from '#domain/views/tasks.ts'
import type { LastDecision } from './last-decision.ts'

export const kindWords = {
  review: 'Review',
  manual: 'Manual step',
  'by-hand': 'By hand',
  exception: 'Exception',
} as const satisfies Record<TaskKind, string>

export const bandWords = {
  'looks-right': 'Looks right',
  'check-this': 'Check this',
  'cannot-tell': 'Can’t tell',
} as const satisfies Record<Band, string>

/** What was done, as in "Priya sent it back". */
export const didWords = {
  approve: 'approved it',
  edit: 'approved it with changes',
  'send-back': 'sent it back',
  reject: 'rejected it',
  'by-hand': 'took it over by hand',
  complete: 'did it',
  'cannot-complete': 'could not do it',
  'fix-and-retry': 'mended it and tried again',
  retry: 'tried it again',
  skip: 'filled it in and went on',
  stop: 'stopped the case',
} as const satisfies Record<TaskAction, string>

export function toldWords({ action, status, caseTitle }: LastDecision): string {
  if (status === 'counted') return `Counted for ${caseTitle}; it waits for another person`
  switch (action) {
    case 'approve':
      return `Approved ${caseTitle}`
    case 'edit':
      return `Approved ${caseTitle} with your changes`
    case 'send-back':
      return `Sent ${caseTitle} back`
    case 'reject':
      return `Rejected ${caseTitle}`
    case 'by-hand':
      return `${caseTitle} goes on by hand`
    case 'complete':
      return `Done: ${caseTitle}`
    case 'cannot-complete':
      return `${caseTitle} goes to the owner`
    case 'fix-and-retry':
    case 'retry':
      return `Trying ${caseTitle} again`
    case 'skip':
      return `${caseTitle} goes on with your values`
    case 'stop':
      return `Stopped ${caseTitle}`
  }
}

const causes: Record<string, string> = {
  'ai-unavailable': 'The AI did not answer',
  'ai-invalid': 'The AI’s answer did not fit this step',
  'ai-declined': 'The AI declined to answer',
  'timed-out': 'It took longer than this step allows',
  'sla-breached': 'It waited longer than promised',
  expression: 'A rule of this step could not be worked out',
  data: 'The case’s data does not fit this step',
  'loop-limit': 'The case came back here too often',
}

export function causeWords(cause: string): string {
  const known = causes[cause]
  if (known !== undefined) return known
  const own = cause.replace(/^business:/, '').replaceAll('-', ' ')
  return own === '' ? 'Something was not planned for' : own.charAt(0).toUpperCase() + own.slice(1)
}

export const byHandReasons = ['Wrong draft', 'Missing data', 'Faster by hand', 'Not allowed', 'Other']
export const stuckReasons = ['Missing data', 'No access', 'Waiting for somebody', 'Not allowed', 'Other']
