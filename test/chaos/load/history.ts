import { appendFileSync, readFileSync } from 'node:fs'
import { z } from 'zod'
import { CommandBatch, MoveCheck } from '#domain/views/control.ts'

export const CommandKind = z.enum(['pause', 'resume', 'go-by-hand', 'come-back'])
export type CommandKind = z.infer<typeof CommandKind>

/** The one step that goes by hand or comes back; null for the whole case. */
const CommandedStep = z.string().nullable()

/** What somebody wants of the product. */
export const Operation = z.discriminatedUnion('does', [
  z.strictObject({
    does: z.literal('start'),
    by: z.string(),
    key: z.string(),
    pilotId: z.string(),
    marker: z.string(),
  }),
  z.strictObject({
    does: z.literal('decide'),
    by: z.string(),
    decisionId: z.string(),
    caseId: z.string(),
    taskId: z.string(),
    taskVersion: z.number(),
    action: z.string(),
    /** Wrong on purpose: stale, by somebody who may not, or under an id that stands for another decision. */
    mustFail: z.boolean(),
  }),
  z.strictObject({ does: z.literal('undo'), by: z.string(), decisionId: z.string() }),
  z.strictObject({ does: z.literal('stop'), by: z.string(), key: z.string(), caseId: z.string() }),
  /** What one case is told to do. The key stands in the reason, where there is one, so that its event is known. */
  z.strictObject({
    does: z.literal('command'),
    by: z.string(),
    key: z.string(),
    caseId: z.string(),
    kind: CommandKind,
    stepId: CommandedStep,
  }),
  /** The same for every open case of a pilot. */
  z.strictObject({
    does: z.literal('command-pilot'),
    by: z.string(),
    key: z.string(),
    pilotId: z.string(),
    kind: CommandKind,
    stepId: CommandedStep,
  }),
  /** Every open case of a pilot is to go on in another version of its map. */
  z.strictObject({
    does: z.literal('move'),
    by: z.string(),
    key: z.string(),
    pilotId: z.string(),
    toVersion: z.number(),
  }),
  z.strictObject({
    does: z.literal('message'),
    by: z.string(),
    messageId: z.string(),
    pilotId: z.string(),
    marker: z.string(),
  }),
])
export type Operation = z.infer<typeof Operation>

const BatchCounts = CommandBatch.pick({
  total: true,
  succeeded: true,
  failed: true,
  skipped: true,
  pending: true,
  trying: true,
  waiting: true,
})
export type BatchCounts = z.infer<typeof BatchCounts>

const MoveCounts = MoveCheck.pick({
  total: true,
  canMove: true,
  notNow: true,
  cannotMove: true,
  thereAlready: true,
  unknown: true,
}).extend({ listed: z.number() })
export type MoveCounts = z.infer<typeof MoveCounts>

/**
 * One line of the history. An operation begins with `invoke` and ends with one of `ok`, `fail` (the product said
 * that nothing was done) and `unknown` (whoever asked gave up without an answer); each try in between is a line too.
 */
export const Line = z.discriminatedUnion('line', [
  z.strictObject({ line: z.literal('invoke'), at: z.number(), id: z.number(), operation: Operation }),
  z.strictObject({
    line: z.literal('try'),
    at: z.number(),
    id: z.number(),
    api: z.string(),
    /** Null when no answer came. */
    status: z.number().nullable(),
    code: z.string().nullable(),
    retryAfter: z.string().nullable(),
    tookMs: z.number(),
  }),
  z.strictObject({
    line: z.literal('ok'),
    at: z.number(),
    id: z.number(),
    status: z.string(),
    caseId: z.string().nullable(),
    batchId: z.string().nullable(),
  }),
  z.strictObject({ line: z.literal('fail'), at: z.number(), id: z.number(), code: z.string() }),
  z.strictObject({ line: z.literal('unknown'), at: z.number(), id: z.number() }),
  /** How far a command for many cases is said to be. */
  z.strictObject({ line: z.literal('batch'), at: z.number(), batchId: z.string(), counts: BatchCounts }),
  /** What a move would do, as the product says before it is ordered. */
  z.strictObject({ line: z.literal('dry-run'), at: z.number(), pilotId: z.string(), counts: MoveCounts }),
  z.strictObject({
    line: z.literal('fault'),
    at: z.number(),
    what: z.string(),
    phase: z.enum(['begins', 'ends']),
  }),
])
export type Line = z.infer<typeof Line>

type Unstamped<Of> = Of extends unknown ? Omit<Of, 'at'> : never

export type History = { add: (line: Unstamped<Line>) => void; nextId: () => number; read: () => Line[] }

/** The history of a run as JSON lines in a file. */
export function historyIn(file: string): History {
  let last = 0
  return {
    add: (line) => appendFileSync(file, `${JSON.stringify({ ...line, at: Date.now() })}\n`),
    nextId: () => (last += 1),
    read: () =>
      readFileSync(file, 'utf8')
        .split('\n')
        .filter((text) => text !== '')
        .map((text) => Line.parse(JSON.parse(text))),
  }
}

export type Outcome =
  | { end: 'ok'; status: string; caseId: string | null; batchId: string | null }
  | { end: 'fail'; code: string }
  | { end: 'unknown' }

/** An operation with how it ended; one that never ended is unknown. */
export type Done<Of extends Operation = Operation> = { id: number; operation: Of; outcome: Outcome }

export function operationsOf(lines: Line[]): Done[] {
  const outcomes = new Map<number, Outcome>()
  for (const line of lines) {
    if (line.line === 'ok') {
      const { status, caseId, batchId } = line
      outcomes.set(line.id, { end: 'ok', status, caseId, batchId })
    }
    if (line.line === 'fail') outcomes.set(line.id, { end: 'fail', code: line.code })
  }
  return lines.flatMap((line) =>
    line.line === 'invoke'
      ? [{ id: line.id, operation: line.operation, outcome: outcomes.get(line.id) ?? { end: 'unknown' } }]
      : [],
  )
}

export function isDone<Does extends Operation['does']>(
  does: Does,
): (done: Done) => done is Done<Extract<Operation, { does: Does }>> {
  return (done): done is Done<Extract<Operation, { does: Does }>> => done.operation.does === does
}
