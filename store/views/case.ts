import { z } from 'zod'
import { can, type Actor, type Permission } from '#domain/can.ts'
import { CaseEvent, NewerEvent } from '#domain/case-events.ts'
import { pathOf, storyOf, timePartsOf } from '#domain/case-story.ts'
import { stepNumbers } from '#domain/graph.ts'
import { stepAt, type MapTree } from '#domain/map-tree.ts'
import { BaselineFigures } from '#domain/measure/baseline.ts'
import { durationInWords } from '#domain/measure/wording.ts'
import { ProcessMap } from '#domain/process-map.ts'
import { waitReadings } from '#domain/read-model.ts'
import type { CaseDetail } from '#domain/views/cases.ts'
import { maybeRow, rows, sql, type Db } from '#store/db.ts'
import { innerMaps } from '#store/map-trees.ts'
import { presentValues } from './case-values.ts'
import { CaseRow, caseColumns, toCaseSummary, waitingAt } from './cases.ts'
import { askedIn, nameAsked, PersonJson } from './people.ts'

const DetailRow = CaseRow.extend({
  process_name: z.string(),
  by_hand_steps: z.array(z.string()),
  channel: z.string(),
  /** The number of the case that it was begun in place of. */
  before: z.number().nullable(),
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
    sql`select ${caseColumns}, r.name as process_name, c.by_hand_steps, c.channel,
        (select e.number from case_run e where c.channel = 'again' and e.id = substr(c.external_key, 7)) as before,
        v.map, b.figures,
        jsonb_build_object('id', s.id, 'name', s.name, 'sample', s.sample) as by,
        jsonb_build_object('id', o.id, 'name', o.name, 'sample', o.sample) as owner,
        w.id as task_id, w.opened_at as task_opened, w.due_at as task_due
      from case_run c join pilot p on p.id = c.pilot_id join process r on r.id = p.process_id
        join person s on s.id = c.started_by join person o on o.id = r.owner_id
        join map_version v on v.process_id = p.process_id and v.version = c.map_version
        left join baseline b on b.id = p.baseline_id ${waitingAt}
      where c.id = ${caseId}`,
  )
  if (found === null) return null
  const [events, values, askedBy, inner] = await Promise.all([
    rows(
      db,
      z.object({
        event: z.union([
          CaseEvent.transform((known) => ({ known })),
          NewerEvent.transform((newer) => ({ newer })),
        ]),
      }),
      sql`select event from case_event where case_id = ${caseId} order by at, key`,
    ),
    presentValues(db, caseId),
    askedIn(db, [found.process_id]),
    innerMaps(db, found.map),
  ])
  const { map } = found
  const tree = { map, inner }
  const asked = askedBy.get(found.process_id)
  const told = {
    ...tree,
    events: events.flatMap(({ event }) => ('known' in event ? [event.known] : [])),
    newer: events.flatMap(({ event }) => ('newer' in event ? [event.newer] : [])),
  }
  const until = found.ended_at === null ? now.getTime() : Date.parse(found.ended_at)
  const parts = timePartsOf(told, { startedAt: found.started_at, until })
  const path = pathOf(told.events)
  const fields = map.fields.filter((field) => field.name in values)
  const isLost = found.ended_at === null && found.stall === 'lost'
  return {
    ...toCaseSummary(found, { tree, asked }),
    processId: found.process_id,
    processName: found.process_name,
    detail: detailWords(found, tree, found.task_kind === null ? null : nameAsked(asked, found.task_kind)),
    taskId: isLost ? null : found.task_id,
    isLost,
    dueAt: found.task_due,
    mapVersion: found.map_version,
    zone: map.calendar.zone,
    startedBy: found.by,
    timeParts: parts,
    story: storyOf(told),
    path,
    facts: factsOf(found, { parts, age: until - Date.parse(found.started_at) }),
    fields,
    values: Object.fromEntries(fields.map(({ name }) => [name, values[name] ?? null])),
    byHandSteps: found.by_hand_steps,
    waits: found.ended_at === null ? openWaits(told) : [],
    liveSteps: found.ended_at === null ? liveSteps(tree, path) : [],
    can: canDo(found, actor),
  }
}

function canDo(found: Found, actor: Actor): CaseDetail['can'] {
  const isLost = found.stall === 'lost'
  const mayEnd = found.ended_at === null && can(actor, 'stop-case', found.process_id)
  const may = (permission: Permission): boolean =>
    found.ended_at === null && !isLost && can(actor, permission, found.process_id)
  return {
    stop: mayEnd,
    pause: may('control-case') && !found.paused,
    resume: may('control-case') && found.paused,
    goByHand: may('control-case') && !found.by_hand,
    comeBack: may('control-case') && (found.by_hand || found.by_hand_steps.length > 0),
    raiseException: may('command-case'),
    sendMessage: may('send-message'),
    beginAgain: mayEnd && isLost,
  }
}

/** What is waited for beside people; an instant moves on by as long as the case stood still since. */
function openWaits({ events, ...tree }: MapTree & { events: CaseEvent[] }): CaseDetail['waits'] {
  return waitReadings(events)
    .filter((wait) => wait.endedAt === null)
    .map(({ stepId, execId, since, until, message }) => {
      const stoodStill = events
        .filter((event) => event.type === 'case-resumed')
        .filter((event) => Date.parse(event.at) > Date.parse(since))
        .map((event) => Math.min(event.pausedMs, Date.parse(event.at) - Date.parse(since)))
      const movedBy = stoodStill.reduce((sum, ms) => sum + ms, 0)
      const placed = stepAt(tree, stepId)
      return {
        stepId,
        execId,
        title: placed?.titles.join(' › ') ?? stepId,
        since,
        until: until === null ? null : new Date(Date.parse(until) + movedBy).toISOString(),
        message,
        fields: placed === null ? [] : fieldsBrought(placed),
      }
    })
}

function fieldsBrought({ step, map }: NonNullable<ReturnType<typeof stepAt>>): CaseDetail['fields'] {
  const brought = step.kind === 'wait' ? step.outputs : []
  return map.fields.filter(({ name }) => brought.includes(name))
}

/** Each step that the case is at, with the reasons that have a branch of their own there. */
function liveSteps(tree: MapTree, path: CaseDetail['path']): CaseDetail['liveSteps'] {
  const here = new Set(path.flatMap(({ stepId, state }) => (state === 'here' ? [stepId] : [])))
  return [...here].flatMap((stepId) => {
    const placed = stepAt(tree, stepId)
    if (placed === null) return []
    const { step, map, titles } = placed
    const codes = map.links.flatMap((link) => {
      if (link.on !== 'exception' || link.from !== step.id || !link.cause.startsWith('business:')) return []
      const code = link.cause.slice('business:'.length)
      return [{ code, name: map.exceptions.find(({ id }) => id === code)?.name ?? code.replaceAll('-', ' ') }]
    })
    return [{ stepId, title: titles.join(' › '), codes }]
  })
}

type Found = z.infer<typeof DetailRow>

function detailWords(found: Found, tree: MapTree, name: string | null): string {
  const { zone } = found.map.calendar
  const path = found.task_step ?? found.wait_step ?? found.step_id
  const placed = path === null ? null : stepAt(tree, path)
  const step = placed?.step
  if (found.ended_at !== null) return `Ended ${momentWords(found.ended_at, zone)}.`
  if (step === undefined) return `Received ${momentWords(found.started_at, zone)}.`
  const numbers = stepNumbers(found.map)
  const number = numbers.get(path?.split('/')[0] ?? step.id)
  const title = placed?.titles.join(' › ') ?? step.title
  const place = number === undefined ? title : `Step ${number} of ${numbers.size}, ${title}`
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
  again: 'begun again',
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
    ...(found.before === null
      ? []
      : [{ label: 'In place of', value: `Case ${found.before}`, note: 'which the engine had lost' }]),
  ]
}
