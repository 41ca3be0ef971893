import type { ReactElement } from 'react'
import type { Field, FieldValue } from '#domain/process-map.ts'
import { isLongText } from '#domain/case-values.ts'
import type { CaseDetail } from '#domain/views/cases.ts'

/** What the case carries: what came in and what its steps made of it. */
export function CaseValuesList({
  fields,
  values,
}: Pick<CaseDetail, 'fields' | 'values'>): ReactElement | null {
  const known = fields.flatMap((field) => {
    const value = values[field.name]
    return value === undefined || value === null || value === '' ? [] : [{ field, value }]
  })
  if (known.length === 0) return null
  return (
    <section aria-labelledby="values-title">
      <h2 id="values-title">What it carries</h2>
      <dl className="case-values">
        {known.map(({ field, value }) => (
          <div key={field.name} data-long={isLong(field, value) || undefined}>
            <dt>{field.label}</dt>
            <dd>
              {isLong(field, value) ? (
                <details>
                  <summary>{String(value).slice(0, 60)}…</summary>
                  <p>{String(value)}</p>
                </details>
              ) : typeof value === 'boolean' ? (
                value ? (
                  'Yes'
                ) : (
                  'No'
                )
              ) : (
                String(value)
              )}
            </dd>
          </div>
        ))}
      </dl>
    </section>
  )
}

function isLong(field: Field, value: FieldValue): boolean {
  return isLongText(field) && String(value).length > 80
}
