import type { Field, FieldValue } from '#domain/process-map.ts'

const day = new Intl.DateTimeFormat('en-GB', {
  weekday: 'long',
  day: 'numeric',
  month: 'long',
  year: 'numeric',
  timeZone: 'UTC',
})

/** A value as a person reads it; the empty string where there is none. */
export function valueWords(field: Pick<Field, 'type'>, value: FieldValue): string {
  if (value === null) return ''
  if (typeof value === 'boolean') return value ? 'Yes' : 'No'
  if (field.type === 'date' && typeof value === 'string' && /^\d{4}-\d\d-\d\d$/.test(value)) {
    const at = new Date(`${value}T00:00:00Z`)
    if (!Number.isNaN(at.getTime())) return day.format(at).replace(',', '')
  }
  return String(value)
}

/** What was typed, as a value of the field. Text that is no number stays text, so that nothing typed is lost. */
export function valueFrom(field: Pick<Field, 'type'>, typed: string): FieldValue {
  if (typed.trim() === '') return null
  if (field.type === 'number') {
    const number = Number(typed.trim().replace(',', '.'))
    return Number.isFinite(number) ? number : typed
  }
  if (field.type === 'yes-no') return typed === 'true'
  return typed
}

/** What is wrong with a value, in words with the mend; null when it fits. */
export function faultOf(field: Field, value: FieldValue): string | null {
  if (value === null) return null
  if (field.type === 'number' && typeof value !== 'number')
    return 'This is not a number. Write digits, like 14 or 2.5.'
  if (field.type === 'choice' && typeof value === 'string' && !field.choices.includes(value)) {
    return `Choose one of: ${field.choices.join(', ')}.`
  }
  if (field.type === 'date' && typeof value === 'string' && Number.isNaN(Date.parse(value))) {
    return 'This is not a day. Write it like 2027-01-04.'
  }
  return null
}
