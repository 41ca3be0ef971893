import { z } from 'zod'
import { can, type Actor } from '#domain/can.ts'
import { CaseEvent } from '#domain/case-events.ts'
import { pathOf, storyOf, timePartsOf } from '#domain/case-story.ts'
import { stepNumbers } from '#domain/graph.ts'
import { BaselineFigures } from '#domain/measure/baseline.ts'
import { durationInWords } from '#domain/measure/wording.ts'
import { ProcessMap } from '#domain/process-map.ts'
import type { CaseDetail } from '#domain/views/cases.ts'
import { maybeRow, rows, sql, type Db } from '#store/db.ts'
import { presentValues } from './case-values.ts'
import { CaseRow, caseColumns, toCaseSummary, waitingTask } from './cases.ts'
import { askedIn, nameAsked, PersonJson } from './people.ts'

const DetailRow = CaseRow.extend({
  process_id: z.string(),
  process_name: z.string(),
  map_version: z.number(),
  channel: z.string(),
  by: PersonJson,
  owner: PersonJson,
  map: ProcessMap,
  figures: BaselineFigures.nullable(),
  task_id: z.string().nullable(),
  task_opened: z.string().nullable(),
  task_due: z.string().nullable(),
})

/** A case with its story, from its events. */
export async function caseDetail(
  db: Db,
  caseId: string,
  { actor, now }: { actor: Actor; now: Date },
): Promise<CaseDetail | null> {
  const found = await maybeRow(
    db,
    DetailRow,
    sql`select ${caseColumns}, p.process_id, r.name as process_name, c.map_version, c.channel, v.map, b.figures,
        jsonb_build_object('id', s.id, 'name', s.name, 'sample', s.sample) as by,
        jsonb_build_object('id', o.id, 'name', o.name, 'sample', o.sample) as owner,
        w.id as task_id, w.opened_at as task_opened, w.due_at as task_due
      from case_run c join pilot p on p.id = c.pilot_id join process r on r.id = p.process_id
        join person s on s.id = c.started_by join person o on o.id = r.owner_id
        join map_version v on v.process_id = p.process_id and v.version = c.map_version
        left join baseline b on b.id = p.baseline_id ${waitingTask}
      where c.id = ${caseId}`,
  )
  if (found === null) return null
  const [events, values, askedBy] = await Promise.all([
    rows(
      db,
      z.object({ event: CaseEvent }),
      sql`select event from case_event where case_id = ${caseId} order by at, key`,
    ),
    presentValues(db, caseId),
    askedIn(db, [found.process_id]),
  ])
  const { map } = found
  const asked = askedBy.get(found.process_id)
  const told = { map, events: events.map((row) => row.event) }
  const until = found.ended_at === null ? now.getTime() : Date.parse(found.ended_at)
  const parts = timePartsOf(told, { startedAt: found.started_at, until })
  const known = new Set(Object.keys(values))
  return {
    ...toCaseSummary(found, { map, asked }),
    processId: found.process_id,
    processName: found.process_name,
    detail: detailWords(found, found.task_kind === null ? null : nameAsked(asked, found.task_kind)),
    taskId: found.task_id,
    dueAt: found.task_due,
    mapVersion: found.map_version,
    startedBy: found.by,
    timeParts: parts,
    story: storyOf(told),
    path: pathOf(told.events),
    facts: factsOf(found, { parts, age: until - Date.parse(found.started_at) }),
    fields: map.fields.filter((field) => known.has(field.name)),
    values,
    can: { stop: found.ended_at === null && can(actor, 'stop-case', found.process_id) },
  }
}

type Found = z.infer<typeof DetailRow>

function detailWords(found: Found, name: string | null): string {
  const { zone } = found.map.calendar
  const step = found.map.steps.find((candidate) => candidate.id === (found.task_step ?? found.step_id))
  if (found.ended_at !== null) return `Ended ${momentWords(found.ended_at, zone)}.`
  if (step === undefined) return `Received ${momentWords(found.started_at, zone)}.`
  const numbers = stepNumbers(found.map)
  const number = numbers.get(step.id)
  const place = number === undefined ? step.title : `Step ${number} of ${numbers.size}, ${step.title}`
  if (found.task_opened === null) return `${place}.`
  const due = found.task_due === null ? '' : `, due ${momentWords(found.task_due, zone)}`
  return `${place}. With ${name ?? (step.who || 'anybody')} since ${momentWords(found.task_opened, zone)}${due}.`
}

function momentWords(instant: string, zone: string): string {
  return new Intl.DateTimeFormat('en-GB', {
    timeZone: zone,
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    hour: '2-digit',
    minute: '2-digit',
  }).format(new Date(instant))
}

const channelWords: Record<string, string> = {
  form: 'by form',
  csv: 'with a file of many',
  sample: 'as a sample',
}

function factsOf(
  found: Found,
  { parts, age }: { parts: CaseDetail['timeParts']; age: number },
): CaseDetail['facts'] {
  const handsOn = parts.filter((part) => part.kind === 'people').reduce((sum, part) => sum + part.ms, 0)
  const byHand = found.figures?.cycle.elapsed.medianMs ?? null
  const touchByHand = found.figures?.touch?.medianMs ?? null
  return [
    {
      label: 'Started',
      value: momentWords(found.started_at, found.map.calendar.zone),
      note: `${channelWords[found.channel] ?? found.channel}, by ${found.by.name}`,
    },
    {
      label: found.ended_at === null ? 'Age' : 'Took',
      value: durationInWords(age),
      note: byHand === null ? null : `by hand half of the cases take ${durationInWords(byHand)} or longer`,
    },
    {
      label: 'Hands-on',
      value: durationInWords(handsOn),
      note: touchByHand === null ? null : `a whole case by hand ${durationInWords(touchByHand)}`,
    },
    { label: 'Map', value: `Version ${found.map_version}`, note: null },
    { label: 'Owner', value: found.owner.name, note: null },
  ]
}
