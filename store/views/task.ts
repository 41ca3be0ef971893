import { z } from 'zod'
import { inLabels } from '#domain/case-words.ts'
import { can, type Actor } from '#domain/can.ts'
import { stepById, stepNumbers } from '#domain/graph.ts'
import { FieldValues, ProcessMap, type Step } from '#domain/process-map.ts'
import type { TaskAction, TaskDetail } from '#domain/views/tasks.ts'
import { maybeRow, rows, sql, type Db } from '#store/db.ts'
import { presentValues } from './case-values.ts'
import { upNextOf } from './inbox.ts'
import { PersonJson } from './people.ts'
import {
  documentsOf,
  mapsOf,
  shownTask,
  TaskRow,
  taskColumns,
  taskSources,
  toTaskSummary,
  type Documents,
} from './task-rows.ts'

export async function loadTask(db: Db, taskId: string): Promise<TaskRow | null> {
  return maybeRow(db, TaskRow, sql`select ${taskColumns} from ${taskSources} where t.id = ${taskId}`)
}

/** A task with everything that is needed to decide it. */
export async function taskDetail(
  db: Db,
  taskId: string,
  { actor, now }: { actor: Actor; now: Date },
): Promise<TaskDetail | null> {
  const task = await loadTask(db, taskId)
  if (task === null) return null
  const [mapOf, documents, known] = await Promise.all([
    mapsOf(db, [task], (map) => ProcessMap.parse(map)),
    documentsOf(db, [task]),
    task.kind === 'exception' ? presentValues(db, task.case_id) : Promise.resolve({}),
  ])
  const map = mapOf(task)
  const step = stepById(map, task.step_id)
  if (step === null) throw new Error(`task ${task.id} stands at ${task.step_id}, which its map does not have`)
  const drafter = step.kind === 'review' ? stepById(map, step.reviews) : step
  const shown = shownTask(map, task, documents, known)
  const [drafted, draftNumber, sentBack, rawText, votes, record, upNext] = await Promise.all([
    draftedBy(db, task),
    draftNumberOf(db, task, drafter),
    sentBackOf(db, task, documents),
    rawTextOf(db, task),
    votesOf(db, task),
    recordOf(db, task, drafter),
    upNextOf(db, actor, task),
  ])
  const numbers = stepNumbers(map)
  const stepNumber = numbers.get(step.id) ?? null
  const previous = sentBack?.draft ?? null
  return {
    ...toTaskSummary(map, task, { shown, now, readerId: actor.id }),
    shownHash: task.shown_hash,
    status: task.status,
    decidedBy:
      task.decided === null
        ? null
        : {
            person: task.decided.person,
            at: new Date(task.decided.at).toISOString(),
            action: task.decided.action,
          },
    options: optionsFor(actor, task),
    place: stepNumber === null ? null : `Step ${stepNumber} of ${numbers.size}`,
    stepCount: numbers.size,
    stepNumber,
    sources: shown.sources,
    draft: shown.fields.map((field) => {
      const check = shown.checks.get(field.name)
      const value = shown.values[field.name] ?? null
      return {
        field,
        value,
        band: check?.band ?? 'cannot-tell',
        says: check?.says ?? (value === null ? 'To be filled in' : 'As it stands now'),
        evidence: check?.evidence ?? [],
        previous: previous?.[field.name] ?? null,
      }
    }),
    draftNumber,
    drafted,
    sentBack,
    failure:
      task.failure === null
        ? null
        : { cause: task.failure.cause, message: inLabels(map, task.failure.message), rawText },
    reasons: task.detail.reasons,
    guidance: step.guidance,
    then: thenWords(map, step, task.undo_seconds),
    need: task.detail.need,
    votes,
    record,
    undoSeconds: task.undo_seconds,
    upNext,
  }
}

/** What this person may do here; the case has the last word. */
function optionsFor(actor: Actor, task: TaskRow): TaskAction[] {
  if (task.status !== 'open') return []
  const permission = task.kind === 'exception' ? 'decide-exception' : 'decide-task'
  if (!can(actor, permission, task.process_id)) return []
  const isAuthor = task.detail.fourEyes && task.detail.excluded.includes(actor.id)
  return task.detail.options.filter((action) => !isAuthor || (action !== 'approve' && action !== 'edit'))
}

async function draftedBy(db: Db, task: TaskRow): Promise<TaskDetail['drafted']> {
  if (task.draft === null) return null
  const meta = z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()]))
  const found = await maybeRow(
    db,
    z.object({ kind: z.string(), meta, created_at: z.string() }),
    sql`select kind, meta, created_at from document where id = ${task.draft.id}`,
  )
  if (found === null) return null
  const text = (name: string): string | null => {
    const value = found.meta[name]
    return typeof value === 'string' ? value : null
  }
  return {
    by: found.kind === 'draft' ? 'AI' : (text('by') ?? 'a person'),
    model: text('model'),
    promptVersion: text('promptVersion'),
    at: found.created_at,
  }
}

/** The path of another step of the map that the task's step stands in. */
function besides({ path }: TaskRow, stepId: string): string {
  return `${path.slice(0, path.lastIndexOf('/') + 1)}${stepId}`
}

/** How visits of another step begin, for the same entry of a list. */
function visitsOf(task: TaskRow, stepId: string): string {
  const entry = /\[\d+\]/.exec(task.exec_id)?.[0] ?? ''
  return `${besides(task, stepId)}${entry}#`
}

async function draftNumberOf(db: Db, task: TaskRow, drafter: Step | null): Promise<number> {
  if (drafter === null) return 1
  const found = await maybeRow(
    db,
    z.object({ n: z.number() }),
    sql`select count(*) as n from case_event
      where case_id = ${task.case_id} and type = 'draft-stored'
        and starts_with(event->>'execId', ${visitsOf(task, drafter.id)})`,
  )
  return Math.max(1, found?.n ?? 1)
}

async function sentBackOf(
  db: Db,
  task: TaskRow,
  documents: Documents,
): Promise<(NonNullable<TaskDetail['sentBack']> & { draft: FieldValues | null }) | null> {
  const note = task.detail.sendBack
  if (note === null) return null
  const found = await maybeRow(
    db,
    z.object({ at: z.string() }),
    sql`select at from case_event where case_id = ${task.case_id} and type = 'sent-back'
        and starts_with(event->>'execId', ${visitsOf(task, note.from)})
      order by at desc limit 1`,
  )
  return {
    by: note.by,
    at: found?.at ?? task.opened_at,
    reason: note.reason,
    note: note.note,
    draft: note.draft === null ? null : (documents.get(note.draft.id) ?? null),
  }
}

async function rawTextOf(db: Db, task: TaskRow): Promise<string | null> {
  if (task.failure?.raw == null) return null
  const found = await maybeRow(
    db,
    z.object({ body: FieldValues }),
    sql`select body from document where id = ${task.failure.raw.id}`,
  )
  const texts = Object.values(found?.body ?? {}).filter((value) => typeof value === 'string')
  return texts.length === 0 ? null : texts.join('\n')
}

async function votesOf(db: Db, task: TaskRow): Promise<TaskDetail['votes']> {
  if (task.detail.need < 2) return []
  const found = await rows(
    db,
    z.object({ by: PersonJson }),
    sql`select event->'by' as by from case_event
      where case_id = ${task.case_id} and type = 'vote-counted' and event->>'taskId' = ${task.id} order by at`,
  )
  return found.map((row) => row.by)
}

const RecordRow = z.object({
  accepted: z.number(),
  edited: z.number(),
  sent_back: z.number(),
  offered: z.number(),
})

/** What became of this step's drafts in this pilot so far. */
async function recordOf(db: Db, task: TaskRow, drafter: Step | null): Promise<TaskDetail['record']> {
  if (drafter?.kind !== 'ai') return null
  const found = await maybeRow(
    db,
    RecordRow,
    sql`select coalesce(sum(n) filter (where counter = 'draft:accepted'), 0) as accepted,
        coalesce(sum(n) filter (where counter = 'draft:edited'), 0) as edited,
        coalesce(sum(n) filter (where counter = 'draft:sent-back'), 0) as sent_back,
        coalesce(sum(n), 0) as offered
      from step_day where pilot_id = ${task.pilot_id} and step_id = ${besides(task, drafter.id)}
        and counter like 'draft:%'`,
  )
  if (found === null || found.offered === 0) return null
  return {
    offered: found.offered,
    accepted: found.accepted,
    edited: found.edited,
    sentBack: found.sent_back,
  }
}

/** What follows when this goes well. */
function thenWords(map: ProcessMap, step: Step, undoSeconds: number): string {
  const later = undoSeconds > 0 ? `, ${undoSeconds} s later` : ''
  const next = map.links.find((link) => link.from === step.id && link.on === 'next')
  const target = next === undefined ? null : stepById(map, next.to)
  if (target === null) return 'Then the case goes on'
  const number = stepNumbers(map).get(target.id)
  if (target.kind === 'end') return `Then the case ends: ${target.outcome}${later}`
  if (target.kind === 'decision') {
    const ways = map.links
      .filter((link) => link.from === target.id)
      .flatMap((link) => stepById(map, link.to)?.title ?? [])
    return `Then ${ways.length < 2 ? target.title : [...new Set(ways)].join(' or ')}${later}`
  }
  return `Then ${number === undefined ? '' : `step ${number}: `}${target.title}${later}`
}
