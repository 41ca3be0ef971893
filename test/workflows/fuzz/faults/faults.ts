import type { Played } from '../play.ts'
import { overBudget } from './budget.ts'
import { lostOnTheWay } from './carrying.ts'
import { wrongMoves } from './moving.ts'
import { wrongJoins, wrongLists } from './regions.ts'
import { doneTwice, gaps, visitsLeftOpen } from './twice.ts'
import { wrongUndoing } from './undoing.ts'
import { wrongWays } from './ways.ts'

/** What must hold for every case, however it was worked; each promise that was broken comes back in words. */
export function faultsOf(played: Played): string[] {
  if (played.result === null) return [`it did not end: ${played.why}`]
  return [
    ...gaps(played),
    ...doneTwice(played),
    ...visitsLeftOpen(played),
    ...wrongJoins(played),
    ...wrongLists(played),
    ...wrongUndoing(played),
    ...wrongWays(played),
    ...lostOnTheWay(played),
    ...wrongMoves(played),
    ...overBudget(played),
  ]
}
