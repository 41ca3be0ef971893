import { fieldProblems } from '#domain/case-values.ts'
import { valueAtPointer } from '#domain/json-pointer.ts'
import { listOf } from '#domain/list-entries.ts'
import { FieldValue, type FieldValues, type ProcessMap, type StepOf } from '#domain/process-map.ts'

export type ReplyValues = { ok: true; values: FieldValues } | { ok: false; why: string }

/** The outputs of a call out of its JSON reply, each of its field's type; null stands for known to be absent. */
export function replyValues(step: StepOf<'call'>, map: ProcessMap, text: string): ReplyValues {
  if (step.outputs.length === 0) return { ok: true, values: {} }
  const json = parsed(text)
  if (json === undefined) return { ok: false, why: text.trim() === '' ? 'it is empty' : 'it is not JSON' }
  const faults: string[] = []
  const entries = step.reply.flatMap(({ field: name, pointer }): [string, FieldValue][] => {
    const field = map.fields.find((candidate) => candidate.name === name)
    const found = valueAtPointer(json, pointer)
    if (field === undefined || found === undefined) {
      faults.push(`there is nothing at "${pointer}" for "${name}"`)
      return []
    }
    const value = FieldValue.safeParse(field.type === 'list' ? asList(found) : found)
    if (value.success) return [[name, value.data]]
    faults.push(`what stands at "${pointer}" does not fit "${name}"`)
    return []
  })
  const values = Object.fromEntries(entries)
  for (const { field, message } of fieldProblems(map, { allowed: new Set(step.outputs), values })) {
    faults.push(`"${field}" ${message}`)
  }
  if (Object.values(values).some(cannotBeStored)) faults.push('it holds characters that are no text')
  return faults.length === 0 ? { ok: true, values } : { ok: false, why: faults.slice(0, 5).join('; ') }
}

/** A JSON list of plain values becomes the lines of a list field. */
function asList(value: unknown): unknown {
  if (!Array.isArray(value)) return value
  const entries: unknown[] = value
  const texts = entries.flatMap((entry) =>
    typeof entry === 'string' || typeof entry === 'number' || typeof entry === 'boolean'
      ? [String(entry)]
      : [],
  )
  return texts.length === entries.length ? listOf(texts) : value
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function cannotBeStored(value: FieldValue): boolean {
  return typeof value === 'string' && (value.includes('\u0000') || /\p{Surrogate}/u.test(value))
}

/** A raw reply as the database can hold it. */
export function storableText(text: string): string {
  return text
    .replaceAll('\u0000', '\ufffd')
    .replaceAll(/\p{Surrogate}/gu, '\ufffd')
    .slice(0, longestRaw)
}

const longestRaw = 100_000
