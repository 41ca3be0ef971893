import { chance, pick, shuffled, type Chance } from '#samples/chance.ts'
import { linkNames, type LinkName } from '../stand/links.ts'
import type { ModelMood } from '../stand/model.ts'
import type { Trouble } from '../stand/proxy.ts'
import { ReceiverMood } from '../stand/receiver.ts'
import { programNames, serverNames, type ProgramName } from '../stand/stand.ts'
import type { Fault, PartName } from './fault.ts'

/** A fault, when it begins after the one before has ended, and how long it lasts. */
export type PlannedFault = { afterMs: number; forMs: number; fault: Fault }

const parts: readonly PartName[] = [...serverNames, ...programNames]

/** What goes wrong in a run of so many milliseconds: it follows from the seed alone, one thing at a time. */
export function planOf(seed: number, lastsMs: number): PlannedFault[] {
  const next = chance(seed)
  const plan: PlannedFault[] = []
  let deck: Fault[] = []
  for (let at = 0; at < lastsMs;) {
    if (deck.length === 0) deck = shuffled(everyFault(next), next)
    const fault = deck.pop()
    if (fault === undefined) throw new Error('there are no faults to plan')
    const planned = { afterMs: between(600, 2_000, next), forMs: durationOf(fault, next), fault }
    plan.push(planned)
    at += planned.afterMs + planned.forMs
  }
  return plan
}

function durationOf({ kind }: Fault, next: Chance): number {
  switch (kind) {
    case 'kill':
    case 'restart':
      return between(0, 2_500, next)
    case 'host':
      return between(0, 1_000, next)
    case 'freeze':
    case 'link':
      return between(1_000, 4_500, next)
    case 'model':
    case 'receiver':
      return between(1_500, 3_500, next)
    case 'die':
      // It lasts until the program has died.
      return 0
  }
}

/** Every part and every link has its turn before any of them has the next. */
function everyFault(next: Chance): Fault[] {
  const dying: ProgramName[] = ['core', 'ai', 'api-1', 'api-2']
  return [
    ...parts.map((part): Fault => ({ kind: 'kill', part })),
    ...programNames.map((part): Fault => ({ kind: 'restart', part })),
    ...parts.filter((part) => part !== 'postgres').map((part): Fault => ({ kind: 'freeze', part })),
    ...linkNames.flatMap((link): Fault[] => [
      { kind: 'link', link, trouble: troubleFor(link, next) },
      { kind: 'link', link, trouble: troubleFor(link, next) },
    ]),
    ...modelMoods.map((mood): Fault => ({ kind: 'model', mood })),
    ...receiverMoods.map((mood): Fault => ({ kind: 'receiver', mood })),
    ...dying.flatMap((part): Fault[] => [
      { kind: 'die', part, point: 'before-commit', nth: Math.round(between(1, 12, next)) },
      { kind: 'die', part, point: 'after-commit', nth: Math.round(between(1, 12, next)) },
    ]),
    { kind: 'host', order: shuffled(parts, next) },
  ]
}

const modelMoods: ModelMood[] = [
  'slow',
  'fails',
  'limits',
  'quota',
  'refuses-key',
  'not-json',
  'html',
  'cuts',
  'hangs',
  'floods',
  'declines',
  'empty',
]

const receiverMoods = ReceiverMood.options.filter((mood) => mood !== 'well')

function troubleFor(link: LinkName, next: Chance): Trouble {
  const troubles: Trouble[] = [
    { does: 'refuse' },
    { does: 'hang' },
    { does: 'half-open' },
    { does: 'slow', ms: Math.round(between(50, link.endsWith('postgres') ? 300 : 1_500, next)) },
    { does: 'cut', afterBytes: Math.round(between(1, 3_000, next)) },
  ]
  return pick(troubles, next)
}

function between(least: number, most: number, next: Chance): number {
  return Math.round(least + (most - least) * next())
}
