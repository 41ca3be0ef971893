import { z } from 'zod'
import type { Actor } from '#domain/can.ts'
import { durationFigureOf, throughputFigureOf } from '#domain/figures.ts'
import { BaselineFigures } from '#domain/measure/baseline.ts'
import { kaplanMeierFromBuckets, survivalQuantile } from '#domain/measure/kaplan-meier.ts'
import type { Home } from '#domain/views/session.ts'
import { maybeRow, oneRow, sql, type Db } from '#store/db.ts'
import { listSamples } from '#store/samples.ts'
import { expectedCases, openCaseAges } from './canvas.ts'
import { countsOf, inTurn, inView } from './inbox.ts'
import { pilotsOf } from './pilots.ts'
import { readRollups } from './rollups.ts'

const weekMs = 7 * 86_400_000
const mostPilots = 6

/** What needs me, how the pilots run, and how far a newcomer has come. */
export async function homeOf(
  db: Db,
  { actor, now, withSamples }: { actor: Actor; now: Date; withSamples: boolean },
): Promise<Home> {
  const [needsYou, pilots, ticks, samples] = await Promise.all([
    needsYouOf(db, actor),
    pulseOf(db, actor, now),
    ticksOf(db, actor),
    withSamples ? listSamples(db) : Promise.resolve([]),
  ])
  return { needsYou, pilots, ticks, samples }
}

async function needsYouOf(db: Db, actor: Actor): Promise<Home['needsYou']> {
  const { counts, late } = await countsOf(db, actor)
  const first = await maybeRow(
    db,
    z.object({ id: z.string(), title: z.string() }),
    sql`select q.id, c.title from (${inTurn(actor, { conditions: [inView(actor)['needs-me']], limit: 1 })}) q
      join case_run c on c.id = q.case_id`,
  )
  return {
    sentence: sentenceFor(counts.needsMe, late),
    taskId: first?.id ?? null,
    caseTitle: first?.title ?? null,
    waiting: counts.needsMe,
    late,
  }
}

function sentenceFor(waiting: number, late: number): string {
  if (waiting === 0) return 'Nothing needs you right now'
  const things = waiting === 1 ? '1 task needs you' : `${waiting} tasks need you`
  if (late === 0) return things
  return `${things}, ${late === waiting ? (late === 1 ? 'and it is late' : 'all late') : `${late} late`}`
}

async function pulseOf(db: Db, actor: Actor, now: Date): Promise<Home['pilots']> {
  const pilots = (await pilotsOf(db, actor.id, now)).filter((pilot) => pilot.status !== 'ended')
  return Promise.all(
    pilots.slice(0, mostPilots).map(async (pilot) => {
      const [rollups, openAges, more] = await Promise.all([
        readRollups(db, pilot.id, ['']),
        openCaseAges(db, pilot.id, now),
        oneRow(
          db,
          z.object({
            waiting: z.number(),
            last_event_at: z.string().nullable(),
            figures: BaselineFigures.nullable(),
          }),
          sql`select (select count(*) from task t where t.process_id = p.process_id and t.pilot_id = p.id
                and t.status = 'open') as waiting,
              (select max(c.last_event_at) from case_run c where c.pilot_id = p.id) as last_event_at, b.figures
            from pilot p left join baseline b on b.id = p.baseline_id where p.id = ${pilot.id}`,
        ),
      ])
      const cycle = rollups.durations('', 'cycle')
      const weeks = Math.max(0, now.getTime() - Date.parse(pilot.startedAt)) / weekMs
      const { figures } = more
      return {
        pilotId: pilot.id,
        processName: pilot.processName,
        sample: pilot.sample,
        day: pilot.day,
        days: pilot.days,
        running: pilot.running,
        finished: pilot.finished,
        waiting: more.waiting,
        cycleMedian: durationFigureOf({
          counts: cycle,
          value: survivalQuantile(kaplanMeierFromBuckets({ ended: cycle, censored: openAges }), 0.5).value,
          quantile: 'median',
          baseline: figures?.cycle.elapsed ?? null,
          expected: expectedCases(
            { started_at: pilot.startedAt, decide_by: pilot.decideBy },
            { finished: pilot.finished, now },
          ),
          how: 'Half of the cases end within this time (Kaplan-Meier, open cases counted as open), calendar time.',
        }),
        throughput: throughputFigureOf({
          finished: pilot.finished,
          weeks,
          baseline:
            figures === null || figures.throughputPerWeek === null
              ? null
              : { perWeek: figures.throughputPerWeek, cases: figures.cases },
          how: 'Finished cases per week since the pilot started; in its first week: finished so far.',
        }),
        lastEventAt: more.last_event_at,
      }
    }),
  )
}

const TicksRow = z.object({
  process_id: z.string().nullable(),
  pilot_id: z.string().nullable(),
  is_mapped: z.boolean(),
  has_baseline: z.boolean(),
  has_case: z.boolean(),
})

/** Five steps from real state. */
async function ticksOf(db: Db, actor: Actor): Promise<Home['ticks']> {
  const state = await oneRow(
    db,
    TicksRow,
    sql`with mine as (
        select p.id, p.created_at from process p
        where exists (select 1 from membership m where m.process_id = p.id and m.person_id = ${actor.id}))
      select (select id from mine order by created_at limit 1) as process_id,
        (select l.id from pilot l join mine on mine.id = l.process_id order by l.started_at limit 1) as pilot_id,
        exists (select 1 from map_version v join mine on mine.id = v.process_id) as is_mapped,
        exists (select 1 from baseline b join mine on mine.id = b.process_id) as has_baseline,
        exists (select 1 from case_run c join pilot l on l.id = c.pilot_id
          join mine on mine.id = l.process_id) as has_case`,
  )
  const pilotHref = state.pilot_id === null ? '/pilots' : `/pilots/${state.pilot_id}`
  const baselineHref = state.process_id === null ? '/pilots' : `/processes/${state.process_id}/baseline`
  return [
    { key: 'pick', label: 'Pick one process', done: state.process_id !== null, href: '/pilots' },
    { key: 'map', label: 'Map how it really runs', done: state.is_mapped, href: pilotHref },
    { key: 'baseline', label: 'Record the baseline', done: state.has_baseline, href: baselineHref },
    { key: 'pilot', label: 'Start the pilot', done: state.pilot_id !== null, href: pilotHref },
    {
      key: 'case',
      label: 'Run the first live case',
      done: state.has_case,
      href: state.pilot_id === null ? '/pilots' : `/pilots/${state.pilot_id}/start`,
    },
  ]
}
