import { entriesOf } from '#domain/list-entries.ts'
import type { Field, FieldValue, FieldValues, StepOf } from '#domain/process-map.ts'

export type Outgoing = { ok: true; url: URL; body: string | null } | { ok: false; why: string }

/** The address and the body of a call, from the values of its inputs. */
export function outgoingOf(
  step: StepOf<'call'>,
  { baseUrl, fields, values }: { baseUrl: string; fields: readonly Field[]; values: FieldValues },
): Outgoing {
  const missing: string[] = []
  const path = step.path.replaceAll(/\{([^{}]*)\}/g, (_, name: string) => {
    const text = textOf(values[name] ?? null)
    if (text.trim() === '') missing.push(name)
    return encodeURIComponent(text)
  })
  if (missing.length > 0) {
    return {
      ok: false,
      why: `The address needs ${missing.map((name) => `"${name}"`).join(', ')}, which is missing.`,
    }
  }
  const [, folders = ''] = /^([^?]*)/.exec(path) ?? []
  // A value such as ".." would climb out of the path that the owner wrote.
  if (folders.split('/').some((part) => /^(\.|%2e){1,2}$/i.test(part))) {
    return { ok: false, why: 'A value leads the address out of the path that was written for it.' }
  }
  return {
    ok: true,
    url: new URL(`${baseUrl}${path}`),
    body: step.body.length === 0 ? null : bodyOf(step.body, fields, values),
  }
}

function bodyOf(names: readonly string[], fields: readonly Field[], values: FieldValues): string {
  const listed = new Set(fields.flatMap((field) => (field.type === 'list' ? [field.name] : [])))
  return JSON.stringify(
    Object.fromEntries(
      names.map((name) => {
        const value = values[name] ?? null
        return [name, listed.has(name) && typeof value === 'string' ? entriesOf(value) : value]
      }),
    ),
  )
}

function textOf(value: FieldValue): string {
  // Half of a character pair cannot be encoded.
  return value === null ? '' : String(value).replaceAll(/\p{Surrogate}/gu, '\ufffd')
}
