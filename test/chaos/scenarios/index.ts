import { dataAndTime } from './data-and-time.ts'
import { decisions } from './decisions.ts'
import { dependencies } from './dependencies.ts'
import { moves } from './moves.ts'
import { orders } from './orders.ts'
import { processDeath } from './process-death.ts'
import type { Scenario } from './scenario.ts'

/** Every scenario with a name; the README beside says which row of the table each of them stands for. */
export const scenarios: Scenario[] = [
  ...processDeath,
  ...decisions,
  ...dependencies,
  ...orders,
  ...moves,
  ...dataAndTime,
]
