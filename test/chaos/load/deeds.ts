import { randomUUID } from 'node:crypto'
import { pick, type Chance } from '#samples/chance.ts'
import type { DecisionBody, TaskAction, TaskDetail } from '#domain/views/tasks.ts'
import { notOurs, typedValue } from '../stand/letters.ts'

/** `busy`: everything that people do. `calm`: what brings a case to its end soonest. */
export type Mood = 'busy' | 'calm'

/** How a person goes about one task. */
export type Deed =
  | 'once'
  /** The same request at both APIs at the same moment. */
  | 'twice'
  /** Together with somebody else, who decides otherwise. */
  | 'rivals'
  /** On a version that is not the present one. */
  | 'stale'
  /** Another decision under an id that was used. */
  | 'reused'
  /** Stops the whole case. */
  | 'stop'

const deeds: [Deed, number][] = [
  ['once', 0.62],
  ['twice', 0.12],
  ['rivals', 0.12],
  ['stale', 0.06],
  ['reused', 0.04],
  ['stop', 0.04],
]

export function chooseDeed(mood: Mood, next: Chance): Deed {
  return mood === 'calm' ? 'once' : weighted(deeds, next)
}

type Weights = Partial<Record<TaskAction, number>>

const weights: Record<Mood, Record<TaskDetail['kind'], Weights>> = {
  busy: {
    manual: { complete: 0.88, 'cannot-complete': 0.12 },
    review: { approve: 0.5, edit: 0.18, 'send-back': 0.16, reject: 0.06, 'by-hand': 0.1 },
    'by-hand': { complete: 0.75, retry: 0.15, 'cannot-complete': 0.1 },
    exception: { 'fix-and-retry': 0.4, retry: 0.12, skip: 0.2, 'by-hand': 0.14, stop: 0.14 },
  },
  calm: {
    manual: { complete: 1 },
    review: { approve: 1 },
    'by-hand': { complete: 1 },
    exception: { stop: 1 },
  },
}

const withoutText: ReadonlySet<TaskAction> = new Set([
  'approve',
  'send-back',
  'reject',
  'by-hand',
  'retry',
  'stop',
])
const withReason: ReadonlySet<TaskAction> = new Set([
  'send-back',
  'reject',
  'by-hand',
  'cannot-complete',
  'stop',
])

/** A decision on what the task shows, as the form of a page would send it; null when nothing fit is offered. */
export function decisionOn(
  task: TaskDetail,
  { mood, text, next }: { mood: Mood; text: string; next: Chance },
): DecisionBody | null {
  const offered = Object.entries(weights[mood][task.kind]).flatMap(
    ([name, weight]): [TaskAction, number][] => {
      const action = task.options.find((option) => option === name)
      return action === undefined ? [] : [[action, weight]]
    },
  )
  if (offered.length === 0) return null
  const action = weighted(offered, next)
  return {
    decisionId: randomUUID(),
    taskVersion: task.version,
    shownHash: task.shownHash,
    action,
    values: withoutText.has(action) || action === 'cannot-complete' ? null : valuesFor(task, text),
    reason: withReason.has(action) ? reasonFor(task, action, next) : null,
    note: null,
    touchMs: Math.round(next() * 500),
  }
}

/** A form filled in with the same text everywhere. */
export function valuesFor(task: TaskDetail, text: string): DecisionBody['values'] {
  const values = task.draft.map(({ field }) => [field.name, typedValue(field.type, text)])
  return Object.fromEntries(values)
}

function reasonFor(task: TaskDetail, action: TaskAction, next: Chance): string {
  if (action === 'cannot-complete')
    return task.reasons.includes(notOurs) && next() < 0.7 ? notOurs : 'Cannot be read'
  return task.reasons.length === 0 ? 'Because of the test' : pick(task.reasons, next)
}

function weighted<Item>(items: [Item, number][], next: Chance): Item {
  let left = next() * items.reduce((sum, [, weight]) => sum + weight, 0)
  for (const [item, weight] of items) if ((left -= weight) <= 0) return item
  const [last] = items.at(-1) ?? []
  if (last === undefined) throw new Error('nothing to choose from')
  return last
}
