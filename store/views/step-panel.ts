import { z } from 'zod'
import { cumulativeShares } from '#domain/figures.ts'
import type { StepPanel } from '#domain/views/pilots.ts'
import { TaskKind } from '#domain/views/tasks.ts'
import { oneRow, rows, sql, type Db } from '#store/db.ts'
import { atDeskNow, expectedCases, figurePilot, stepFiguresOf, stuckNow, undoersOf } from './canvas.ts'
import { isAtStep } from './cases.ts'
import { askedIn, nameAsked } from './people.ts'
import { readRollups } from './rollups.ts'

const listed = 20

const WaitingRow = z.object({
  case_id: z.string(),
  title: z.string(),
  since: z.string(),
  task_id: z.string().nullable(),
  kind: TaskKind.nullable(),
  why: z.string().nullable(),
  is_stuck: z.boolean(),
})

/** One step: its figures, how fast its work is done, and who waits there longest. */
export async function stepPanelOf(
  db: Db,
  { pilotId, stepId, now }: { pilotId: string; stepId: string; now: Date },
): Promise<StepPanel | null> {
  const pilot = await figurePilot(db, pilotId)
  const step = pilot?.map.steps.find((candidate) => candidate.id === stepId)
  if (pilot === null || step === undefined) return null
  const [rollups, stuck, desk, asked, waiting, { total, finished }] = await Promise.all([
    readRollups(db, pilotId, [stepId, ...undoersOf(pilot.map, stepId)]),
    stuckNow(db, pilotId),
    atDeskNow(db, { pilotId, processId: pilot.process_id }),
    askedIn(db, [pilot.process_id]),
    rows(
      db,
      WaitingRow,
      sql`select c.id as case_id, c.title, coalesce(t.opened_at, c.last_event_at) as since, t.id as task_id, t.kind, t.why,
          c.stalled_since is not null as is_stuck
        from case_run c left join lateral (select * from task o where o.case_id = c.id and o.status = 'open'
            and split_part(coalesce(o.path, o.step_id), '/', 1) = ${stepId} order by o.opened_at limit 1) t on true
        where c.pilot_id = ${pilotId} and c.ended_at is null and ${isAtStep(stepId)}
        order by since, c.id limit ${listed}`,
    ),
    oneRow(
      db,
      z.object({ total: z.number(), finished: z.number() }),
      sql`select
          (select count(*) from case_run c
            where c.pilot_id = ${pilotId} and c.ended_at is null and ${isAtStep(stepId)}) as total,
          (select coalesce(sum(n), 0) from step_day
            where pilot_id = ${pilotId} and step_id = '' and counter = 'finished') as finished`,
    ),
  ])
  const byHand = pilot.figures?.steps.find((known) => known.stepId === stepId) ?? null
  const expected = expectedCases(pilot, { finished, now })
  return {
    stepId,
    figures: stepFiguresOf(pilot, {
      step,
      rollups,
      expected,
      atDesk: desk.get(stepId) ?? 0,
      stuck: stuck.get(stepId) ?? 0,
    }),
    curve: {
      pilot: cumulativeShares(rollups.durations(stepId, 'lead')),
      baseline: byHand === null ? null : cumulativeShares(new Map(byHand.lead.elapsed.buckets)),
    },
    waitingCases: waiting.map((row) => ({
      caseId: row.case_id,
      title: row.title,
      with:
        row.kind === null
          ? step.kind === 'ai'
            ? 'AI'
            : 'the engine'
          : (nameAsked(asked.get(pilot.process_id), row.kind) ?? (step.who || 'anybody')),
      why: row.is_stuck
        ? 'Stuck: the engine cannot move it'
        : (row.why ?? (step.kind === 'ai' ? 'Being drafted' : 'On its way')),
      since: row.since,
      taskId: row.task_id,
    })),
    waitingTotal: total,
  }
}
