import type { Violation } from '../check/violation.ts'
import type { Fault } from '../faults/fault.ts'
import type { Client, Person } from '../load/client.ts'
import type { Facts } from '../check/facts.ts'
import type { History, Outcome } from '../load/history.ts'
import type { Load } from '../load/load.ts'
import type { Office } from '../load/office.ts'
import type { Stand } from '../stand/stand.ts'
import type { TaskDetail, TaskKind, TaskAction } from '#domain/views/tasks.ts'

/** Something that goes wrong on purpose, and what must come of it. */
export type Scenario = {
  name: string
  /** Rows of the table of scenarios in the README beside. */
  rows: number[]
  promise: string
  /** Whatever is left open when it returns is brought to its end by calm people, and then everything is checked. */
  run: (scene: Scene) => Promise<void>
}

/** What a scenario has at hand. */
export type Scene = {
  stand: Stand
  office: Office
  client: Client
  history: History
  /** Starts so many cases one after the other, all with a known small amount. */
  start: (many: number) => Promise<Outcome[]>
  /** The same, all of them at once, each at whichever API; an answer is waited for so long. */
  startAtOnce: (many: number, withinMs?: number) => Promise<Outcome[]>
  /** Starts orders of three lines one after the other; nobody pays them. */
  startOrders: (many: number) => Promise<Outcome[]>
  /** Tasks that wait, of a kind and at a step if one is named; asked until there are so many. */
  tasks: (wanted: { kind: TaskKind; many: number; stepId?: string }) => Promise<TaskDetail[]>
  /** One decision, as a page would send it. */
  decide: (
    task: TaskDetail,
    decision: { person: Person; action: TaskAction; api?: string; decisionId?: string; withinMs?: number },
  ) => Promise<Outcome>
  /** People who do everything that people do, until the scenario is over. */
  people: () => Load
  /** A fault that is noted in the history; what it gives ends it. */
  begin: (fault: Fault) => Promise<() => Promise<void>>
  during: (fault: Fault, work: () => Promise<void>) => Promise<void>
  facts: () => Promise<Facts>
  /** Notes a broken promise unless it holds. */
  expect: (holds: boolean, broken: Violation) => void
  measure: (words: string) => void
}
