import { z } from 'zod'
import { moveRefusalWords, stepNameFaults, whyNotMove } from '#domain/map-upgrades.ts'
import type { CasePlan } from '#domain/plan.ts'
import { isProblem, type Problem } from '#domain/problems.ts'
import type { MoveCheck, MoveVerdict } from '#domain/views/control.ts'
import type { Db } from '#store/db.ts'
import type { Versions } from '#store/processes.ts'
import { readCursorAs, writeCursor } from '#store/views/cursor.ts'
import { openCasePage, openVersions, type OpenCase } from '#store/open-cases.ts'
import type { Engine, Told } from './engine.ts'
import { badCursor } from './list-page.ts'

export type MoveDeps = { db: Db; engine: Pick<Engine, 'snapshot'>; versionOf: Versions }
export type MoveQuestion = {
  pilotId: string
  processId: string
  toVersion: number
  stepIds: Record<string, string>
}

const pageSize = 100
/** Asked at a time: a page is answered in time even when no worker says anything. */
const atOnce = 20

/** The plan of the new version, when it is published and the step names lead from and to steps that are there. */
export async function checkMove(
  { db, versionOf }: Pick<MoveDeps, 'db' | 'versionOf'>,
  { pilotId, processId, toVersion, stepIds }: MoveQuestion,
): Promise<{ newPlan: CasePlan; oldPlans: Map<number, CasePlan> } | Problem> {
  const version = toVersion > 1_000_000 ? null : await versionOf(db, processId, toVersion)
  if (version === null) {
    return {
      code: 'InvalidInput',
      errors: [{ field: 'toVersion', message: 'is not published', mend: 'publish the map first' }],
    }
  }
  const oldPlans = new Map<number, CasePlan>()
  for (const number of await openVersions(db, pilotId)) {
    const old = await versionOf(db, processId, number)
    if (old === null) throw new Error(`pilot ${pilotId} has cases in version ${number}, which is not there`)
    oldPlans.set(number, old.plan)
  }
  const faults = stepNameFaults(stepIds, { newPlan: version.plan, oldPlans: [...oldPlans.values()] })
  if (faults.length > 0) {
    return {
      code: 'InvalidInput',
      errors: faults.map(({ from, ...fault }) => ({ field: `stepIds.${from}`, ...fault })),
    }
  }
  return { newPlan: version.plan, oldPlans }
}

/** What a move would do, case by case. The engine is asked where each case is; nothing is changed. */
export async function movesOf(
  deps: MoveDeps,
  question: MoveQuestion & { cursor: string | null },
): Promise<MoveCheck | Problem> {
  const { pilotId, toVersion, cursor } = question
  const after = cursor === null ? [0] : readCursorAs(z.tuple([z.int()]), cursor)
  if (after === null) return badCursor
  const plans = await checkMove(deps, question)
  if (isProblem(plans)) return plans
  const { total, cases, more } = await openCasePage(deps.db, {
    pilotId,
    afterNumber: after[0] ?? 0,
    limit: pageSize,
  })
  const checked: Checked[] = []
  for (let at = 0; at < cases.length; at += atOnce) {
    const asked = cases.slice(at, at + atOnce)
    const part = await Promise.all(asked.map((one) => verdictOn(deps, one, { ...question, ...plans })))
    if (part.length > 0 && part.every((found) => found === null)) return { code: 'EngineUnavailable' }
    checked.push(
      ...asked.map((one, index) => part[index] ?? say(one, 'unknown', { why: 'The engine did not answer.' })),
    )
  }
  const count = (verdict: MoveVerdict): number => checked.filter((one) => one.verdict === verdict).length
  const last = cases.at(-1)
  return {
    pilotId,
    toVersion,
    total,
    canMove: count('can-move'),
    notNow: count('not-now'),
    cannotMove: count('cannot-move'),
    thereAlready: count('there-already'),
    unknown: count('unknown'),
    cases: checked,
    next: more && last !== undefined ? writeCursor([last.number]) : null,
  }
}

type Plans = { newPlan: CasePlan; oldPlans: Map<number, CasePlan> }

type Checked = MoveCheck['cases'][number]

function say(one: OpenCase, verdict: MoveVerdict, more: Partial<Checked> = {}): Checked {
  return {
    caseId: one.caseId,
    number: one.number,
    title: one.title,
    fromVersion: one.version,
    at: [],
    verdict,
    refusal: null,
    why: null,
    ...more,
  }
}

/** Null when the engine did not answer. */
async function verdictOn(
  { engine }: MoveDeps,
  one: OpenCase,
  { pilotId, toVersion, stepIds, newPlan, oldPlans }: MoveQuestion & Plans,
): Promise<Checked | null> {
  if (one.version === toVersion) return say(one, 'there-already')
  const told = await engine.snapshot({ pilotId, caseId: one.caseId })
  if (told.kind === 'unsent') return null
  if (told.kind !== 'done') return say(one, 'unknown', { why: unknownWords(told) })
  const { at, isSafePoint } = told.result
  const oldPlan = oldPlans.get(one.version)
  if (oldPlan === undefined) return say(one, 'unknown', { at, why: 'It came to this pilot just now.' })
  const refusal = whyNotMove(told.result, { from: oldPlan, to: newPlan, stepIds })
  if (refusal?.code === 'InRegion' || (refusal === null && !isSafePoint)) {
    return say(one, 'not-now', {
      at,
      refusal: refusal?.code ?? null,
      why:
        refusal === null
          ? 'Something is under way: it can move as soon as it waits.'
          : moveRefusalWords(refusal),
    })
  }
  return refusal === null
    ? say(one, 'can-move', { at })
    : say(one, 'cannot-move', { at, refusal: refusal.code, why: moveRefusalWords(refusal) })
}

function unknownWords(told: Exclude<Told<unknown>, { kind: 'done' } | { kind: 'unsent' }>): string {
  switch (told.kind) {
    case 'gone':
      return 'The engine does not run it yet, or no more.'
    case 'unanswered':
    case 'refused':
      return 'The case did not answer.'
  }
}
