import { z } from 'zod'
import { inLabels } from '#domain/case-words.ts'
import { checkDraft, worstBand, type FieldCheck, type Source } from '#domain/bands.ts'
import { varTypesOf } from '#domain/compile-plan.ts'
import { checkExpression } from '#domain/expressions.ts'
import type { Field, FieldValue, ProcessMap } from '#domain/process-map.ts'
import { FieldValues } from '#domain/process-map.ts'
import { TaskAction, TaskKind, type TaskSummary } from '#domain/views/tasks.ts'
import { rows, sql, type Db } from '#store/db.ts'
import { fieldAt, StoredRef } from '#store/documents.ts'
import { PersonJson } from './people.ts'

const Refs = z.record(z.string(), StoredRef)

/** What the case told of a task when it was opened. */
const TaskDetailJson = z.object({
  options: z.array(TaskAction),
  outputs: z.array(z.string()),
  excluded: z.array(z.string()),
  reasons: z.array(z.string()),
  need: z.number(),
  visit: z.number(),
  fourEyes: z.boolean(),
  written: Refs,
  sendBack: z
    .object({
      from: z.string(),
      reason: z.string(),
      note: z.string().nullable(),
      by: PersonJson,
      draft: StoredRef.nullable(),
    })
    .nullable(),
})

export const TaskRow = z.object({
  id: z.string(),
  version: z.number(),
  kind: TaskKind,
  status: z.enum(['open', 'decided', 'closed']),
  case_id: z.string(),
  case_title: z.string(),
  pilot_id: z.string(),
  process_id: z.string(),
  process_name: z.string(),
  sample: z.boolean(),
  /** The map that its step stands in: a contained one has a process of its own. */
  map_id: z.string(),
  map_version: z.number(),
  /** The version that the case itself runs on. */
  case_version: z.number(),
  /** The step as events name it. */
  path: z.string(),
  paused: z.boolean(),
  /** The engine has no record of its case. */
  is_lost: z.boolean(),
  undo_seconds: z.number(),
  step_id: z.string(),
  exec_id: z.string(),
  why: z.string(),
  shown_hash: z.string(),
  detail: TaskDetailJson,
  inputs: Refs,
  draft: StoredRef.nullable(),
  failure: z.object({ cause: z.string(), message: z.string(), raw: StoredRef.nullable() }).nullable(),
  practice: z.boolean(),
  opened_at: z.string(),
  due_at: z.string().nullable(),
  allowed_ms: z.number().nullable(),
  reading: z.object({ person: PersonJson, since: z.string() }).nullable(),
  decided: z.object({ person: PersonJson, at: z.string(), action: TaskAction }).nullable(),
})
export type TaskRow = z.infer<typeof TaskRow>

export const taskColumns = sql`t.id, t.version, t.kind, t.status, t.case_id, c.title as case_title, t.pilot_id,
  t.process_id, r.name as process_name, c.sample,
  coalesce(t.map_id, t.process_id) as map_id, coalesce(t.map_version, c.map_version) as map_version,
  c.map_version as case_version, coalesce(t.path, t.step_id) as path, c.paused,
  coalesce(c.stall = 'lost', false) as is_lost, p.undo_seconds, t.step_id, t.exec_id, t.why,
  t.shown_hash, t.detail, t.inputs, t.draft, t.failure, t.practice, t.opened_at, t.due_at, t.allowed_ms,
  case when t.reading_until > now() then jsonb_build_object('since', t.reading_since,
    'person', jsonb_build_object('id', rp.id, 'name', rp.name, 'sample', rp.sample)) end as reading,
  case when t.status = 'decided' then jsonb_build_object('at', t.decided_at, 'action', t.action,
    'person', jsonb_build_object('id', dp.id, 'name', dp.name, 'sample', dp.sample)) end as decided`
export const taskSources = sql`task t join case_run c on c.id = t.case_id join pilot p on p.id = t.pilot_id
  join process r on r.id = t.process_id left join person rp on rp.id = t.reading_by
  left join person dp on dp.id = t.decided_by`

const MapRow = z.object({ process_id: z.string(), version: z.number(), map: z.unknown() })

/** The published maps that tasks belong to, by process and version. */
export async function mapsOf(
  db: Db,
  tasks: TaskRow[],
  parse: (map: unknown) => ProcessMap,
): Promise<(task: TaskRow) => ProcessMap> {
  const wanted = [...new Map(tasks.map((task) => [keyOf(task.map_id, task.map_version), task])).values()]
  const maps = new Map<string, ProcessMap>()
  for (const task of wanted) {
    const [found] = await rows(
      db,
      MapRow,
      sql`select process_id, version, map from map_version
        where process_id = ${task.map_id} and version = ${task.map_version}`,
    )
    if (found !== undefined) maps.set(keyOf(found.process_id, found.version), parse(found.map))
  }
  return (task) => {
    const map = maps.get(keyOf(task.map_id, task.map_version))
    if (map === undefined) throw new Error(`task ${task.id} has no map version ${task.map_version}`)
    return map
  }
}

function keyOf(processId: string, version: number): string {
  return `${version}:${processId}`
}

export type Documents = Map<string, FieldValues>

/** Every document that the given tasks show, in one question. */
export async function documentsOf(db: Db, tasks: TaskRow[]): Promise<Documents> {
  const ids = new Set<string>()
  for (const task of tasks) {
    for (const ref of Object.values(task.inputs)) ids.add(ref.id)
    for (const ref of Object.values(task.detail.written)) ids.add(ref.id)
    if (task.draft !== null) ids.add(task.draft.id)
    if (task.detail.sendBack?.draft) ids.add(task.detail.sendBack.draft.id)
  }
  if (ids.size === 0) return new Map()
  const found = await rows(
    db,
    z.object({ id: z.string(), body: FieldValues }),
    sql`select id, body from document where id = any(${[...ids]})`,
  )
  return new Map(found.map((row) => [row.id, row.body]))
}

/** The fields that a task was opened with, their sources, and what checks say of each. */
export type ShownTask = {
  fields: Field[]
  values: FieldValues
  sources: Source[]
  /** Only for drafts: a form that is still to be filled in has nothing to check. */
  checks: Map<string, FieldCheck>
}

/** Fields that a person may write in this task. At the exception desk that is all that the step reads too. */
export function writableFields(
  map: ProcessMap,
  task: Pick<TaskRow, 'kind' | 'detail' | 'step_id'>,
): string[] {
  const { outputs } = task.detail
  if (task.kind !== 'exception') return outputs
  const step = map.steps.find((candidate) => candidate.id === task.step_id)
  const types = varTypesOf(map)
  const read = map.links.flatMap((link) => {
    if (link.on !== 'when' || link.from !== task.step_id) return []
    const checked = checkExpression(link.condition, types)
    return checked.ok ? checked.variables : []
  })
  return [...new Set([...outputs, ...read, ...(step?.inputs ?? [])])]
}

/** `known` holds present values of the case that the task itself does not refer to. */
export function shownTask(
  map: ProcessMap,
  task: TaskRow,
  documents: Documents,
  known: FieldValues = {},
): ShownTask {
  const fieldByName = new Map(map.fields.map((field) => [field.name, field]))
  const sources = Object.entries(task.inputs).flatMap(([name, ref]): Source[] => {
    const field = fieldByName.get(name)
    return field === undefined ? [] : [{ field, value: fieldAt(documents, name, ref) }]
  })
  const fields = writableFields(map, task).flatMap((name) => fieldByName.get(name) ?? [])
  const body = task.draft === null ? {} : (documents.get(task.draft.id) ?? {})
  const values: FieldValues = Object.fromEntries(
    fields.map(({ name }): [string, FieldValue] => {
      const ref = task.detail.written[name] ?? task.inputs[name]
      const present = ref === undefined ? known[name] : fieldAt(documents, name, ref)
      return [name, body[name] ?? present ?? null]
    }),
  )
  const outputs = new Set(fields.map((field) => field.name))
  // What the draft itself wrote is no source for it.
  const isDraft = task.kind === 'review' && task.draft !== null
  const told = isDraft ? sources.filter((source) => !outputs.has(source.field.name)) : sources
  return {
    fields,
    values,
    sources: told,
    checks: isDraft ? checkDraft({ fields, values, sources: told }) : new Map(),
  }
}

export function toTaskSummary(
  map: ProcessMap,
  task: TaskRow,
  at: { shown: ShownTask; now: Date; readerId: string },
): TaskSummary {
  const checks = [...at.shown.checks.values()]
  const opened = Date.parse(task.opened_at)
  const reading = task.reading === null || task.reading.person.id === at.readerId ? null : task.reading
  return {
    id: task.id,
    version: task.version,
    kind: task.kind,
    caseId: task.case_id,
    caseTitle: task.case_title,
    pilotId: task.pilot_id,
    processName: task.process_name,
    sample: task.sample,
    stepId: task.step_id,
    stepTitle: map.steps.find((step) => step.id === task.step_id)?.title ?? task.step_id,
    why: inLabels(map, task.why),
    openedAt: task.opened_at,
    dueAt: task.due_at,
    used: usedShare(task, { opened, now: at.now.getTime() }),
    band: worstBand(checks),
    toCheck: checks.filter((check) => check.band === 'check-this').length,
    practice: task.practice,
    paused: task.paused,
    assignee: null,
    reading:
      reading === null ? null : { person: reading.person, since: new Date(reading.since).toISOString() },
  }
}

function usedShare(task: TaskRow, { opened, now }: { opened: number; now: number }): number | null {
  if (task.due_at === null) return null
  const allowed = Date.parse(task.due_at) - opened
  return allowed <= 0 ? 1 : Math.max(0, (now - opened) / allowed)
}
