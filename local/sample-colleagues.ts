import { createHash, randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import { contract } from '#domain/contract.ts'
import type { FieldValues } from '#domain/process-map.ts'
import type { TaskDetail, TaskSummary } from '#domain/views/tasks.ts'
import { samples } from '#samples/index.ts'
import type { Sample } from '#samples/sample.ts'

/**
 * The labelled colleagues of sample pilots: they work the inbox over HTTP like any script, at a quick human pace,
 * wherever an owner has switched them on.
 */
const Settings = z.object({
  TL_API_URL: z.url(),
  TL_COLLEAGUE_KEY: z.string().min(20),
})
const settings = Settings.parse(process.env)
const lookEveryMs = 1_000
const atOnce = 8

type Reply<Name extends 'pilots' | 'pilot' | 'inbox' | 'task' | 'case' | 'process'> = z.infer<
  (typeof contract)[Name]['reply']
>

const working = new Set<string>()
/** How often a task was tried: after a refusal (four eyes) it is a colleague's turn who had no hand in it. */
const tries = new Map<string, number>()

async function get<Name extends 'pilots' | 'pilot' | 'inbox' | 'task' | 'case' | 'process'>(
  name: Name,
  as: string,
  params: Record<string, string> = {},
  query = '',
): Promise<Reply<Name> | null> {
  const response = await ask(contract[name].path, as, params, query)
  return response.ok ? replies[name].parse(await response.json()) : null
}

const replies: {
  [Name in 'pilots' | 'pilot' | 'inbox' | 'task' | 'case' | 'process']: z.ZodType<Reply<Name>>
} = {
  pilots: contract.pilots.reply,
  pilot: contract.pilot.reply,
  inbox: contract.inbox.reply,
  task: contract.task.reply,
  case: contract.case.reply,
  process: contract.process.reply,
}

async function ask(
  path: string,
  as: string,
  params: Record<string, string>,
  query: string,
  body?: unknown,
): Promise<Response> {
  const filled = path.replaceAll(/\{(\w+)\}/g, (_, key: string) => encodeURIComponent(params[key] ?? ''))
  return fetch(`${settings.TL_API_URL}${filled}${query}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: {
      'throughline-persona': as,
      'throughline-colleague-key': settings.TL_COLLEAGUE_KEY,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(15_000),
  })
}

/** Looks through the inbox of one sample's staff and begins what nobody has begun. */
async function lookAround(sample: Sample): Promise<void> {
  const [first] = sample.staff
  if (first === undefined) return
  const switchedOn = new Set<string>()
  for (const pilot of (await get('pilots', first.id)) ?? []) {
    const detail = await get('pilot', first.id, { pilotId: pilot.id })
    if (detail?.sampleColleagues === true) switchedOn.add(pilot.id)
  }
  if (switchedOn.size === 0) return
  const inbox = await get('inbox', first.id, {}, '?view=all&limit=100')
  for (const task of inbox?.items ?? []) {
    const key = `${task.id} ${task.version}`
    if (!switchedOn.has(task.pilotId) || working.has(key) || working.size >= atOnce) continue
    working.add(key)
    void work(sample, task)
      .catch(() => undefined)
      .finally(() => working.delete(key))
  }
}

async function work(sample: Sample, task: TaskSummary): Promise<void> {
  const key = `${task.id} ${task.version}`
  const turn = tries.get(key) ?? 0
  tries.set(key, turn + 1)
  const random = chanceOf(key)
  const person = sample.staff[(Math.floor(random * 997) + turn) % sample.staff.length]
  if (person === undefined) return
  const detail = await get('task', person.id, { taskId: task.id })
  const found = await get('case', person.id, { caseId: task.caseId })
  if (detail === null || found === null || detail.status !== 'open') return
  const startedAt = Date.now()
  const decided = sample.colleagues({
    kind: detail.kind,
    stepId: detail.stepId,
    values: { ...found.values, ...valuesOf(detail) },
    random,
  })
  await sleep(decided.thinkMs)
  const reply = await ask(contract.decide.path, person.id, { taskId: task.id }, '', {
    decisionId: randomUUID(),
    taskVersion: detail.version,
    shownHash: detail.shownHash,
    action: decided.action,
    values: Object.keys(decided.values).length === 0 ? null : decided.values,
    reason: decided.reason,
    note: null,
    touchMs: Date.now() - startedAt,
  })
  if (reply.ok) tries.delete(key)
}

function valuesOf(detail: TaskDetail): FieldValues {
  return Object.fromEntries(
    [...detail.sources, ...detail.draft].map(({ field, value }) => [field.name, value]),
  )
}

/** The same task is always decided the same way. */
function chanceOf(text: string): number {
  return createHash('sha256').update(text).digest().readUInt32BE(0) / 2 ** 32
}

const stopping = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stopping.abort())
while (!stopping.signal.aborted) {
  for (const sample of samples) await lookAround(sample).catch(() => undefined)
  await sleep(lookEveryMs)
}
process.exit(0)
