import { aroundTheClock } from '#domain/measure/working-time.ts'
import type { FieldValue, FieldValues, Link, ProcessMap, StepOf } from '#domain/process-map.ts'
import { ai, aMap, decision, end, field, manual, next, review } from '../../support/maps.ts'

/**
 * The process that cases run through while things break: every kind of step and of task, a send-back, four eyes, two
 * approvals, a named exception, a rule that cannot be decided when no amount is known, and a deadline that passes.
 */
export function lettersMap(): ProcessMap {
  const steps = [
    manual('sort', { outputs: ['urgent'], inputs: ['sender', 'letter'], sla: dueAtOnce }),
    drafting('draft', { inputs: ['sender', 'letter', 'urgent'], outputs: ['summary'] }),
    review('read', 'draft', { inputs: ['sender', 'letter'] }),
    decision('size', { inputs: ['amount'] }),
    review('second', 'draft', { inputs: ['sender', 'letter'], need: 2, fourEyes: true }),
    drafting('answer', { inputs: ['sender', 'summary'], outputs: ['reply'] }),
    review('sign', 'answer', { inputs: ['sender', 'summary'], fourEyes: true }),
    manual('post', { inputs: ['reply'] }),
    end('done', 'Answered'),
    end('returned', 'Not ours'),
  ]
  const links: Link[] = [
    next('sort', 'draft'),
    { on: 'exception', from: 'sort', to: 'returned', cause: `business:${notOurs}` },
    next('draft', 'read'),
    next('read', 'size'),
    { on: 'when', from: 'size', to: 'second', condition: 'amount > 1000', label: 'Large' },
    { on: 'otherwise', from: 'size', to: 'answer', label: 'Usual' },
    next('second', 'answer'),
    next('answer', 'sign'),
    next('sign', 'post'),
    next('post', 'done'),
  ]
  return aMap(steps, {
    name: 'Letters under fire',
    fields: [
      field('sender', 'text', { sensitivity: 'personal' }),
      field('letter', 'long-text', { sensitivity: 'personal' }),
      field('amount', 'number'),
      field('urgent', 'yes-no'),
      field('summary', 'long-text'),
      field('reply', 'long-text'),
    ],
    links,
    calendar: aroundTheClock('Europe/Amsterdam'),
  })
}

export const notOurs = 'not-ours'

/** Over after half a second: many cases are late, and none may wait for it. */
const dueAtOnce = {
  workingMinutes: 1 / 120,
  escalations: [{ afterWorkingMinutes: 1 / 60, to: 'owner' as const }],
}

function drafting(id: string, more: Partial<StepOf<'ai'>>): StepOf<'ai'> {
  return ai(id, {
    ...more,
    instruction: `[step:${id}] Say in a sentence what is wanted.`,
    retry: { attempts: 3, firstPauseSeconds: 0.2 },
    deadlineSeconds: 8,
  })
}

export function stepMarkIn(text: string): string | null {
  return /\[step:([a-z-]+)\]/.exec(text)?.[1] ?? null
}

/** The mark by which a case is known in its title, in what a model is asked, and in the history of operations. */
export function markerOf(seed: number, n: number): string {
  return `case-${seed}-${n}`
}

export function markerIn(text: string): string | null {
  return /case-\d+-\d+/.exec(text)?.[0] ?? null
}

/** Some amounts are small, some large, and some not known, which no rule can decide. */
export function intakeOf(
  marker: string,
  { letter, amount }: { letter: string; amount: number | null },
): FieldValues {
  return { sender: `Sender of ${marker}`, letter, ...(amount === null ? {} : { amount }) }
}

/** What a person types into a field of a form. */
export function typedValue(type: string, text: string): FieldValue {
  if (type === 'yes-no') return true
  return type === 'number' ? 250 : text
}
