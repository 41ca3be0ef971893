import { describe, expect, it } from 'vitest'
import { checkDraft, worstBand, type FieldCheck } from '#domain/bands.ts'
import type { Field, FieldValue } from '#domain/process-map.ts'
import { field } from '../support/maps.ts'

const mail = [
  'Hello, this is Anna Brightwell of Brightwell Ltd.',
  'We have 14 employees and would like to start on 3 March 2027.',
  'The monthly fee of €1,240.50 is fine. Write to anna@brightwell.example.',
].join('\n')

function check(
  of: Field,
  value: FieldValue,
  more: { field: Field; value: FieldValue }[] = [],
): FieldCheck & { cited: string[] } {
  const sources = [{ field: field('mail', 'long-text', { label: 'E-mail' }), value: mail }, ...more]
  const found = checkDraft({ fields: [of], values: { [of.name]: value }, sources }).get(of.name)
  if (found === undefined) throw new Error('nothing was checked')
  const texts = new Map(sources.map((source) => [source.field.name, String(source.value)]))
  return {
    ...found,
    cited: found.evidence.map(({ field: name, from, to }) => texts.get(name)?.slice(from, to) ?? ''),
  }
}

describe('a value', () => {
  it.each<[string, Field, FieldValue, string]>([
    ['text', field('client'), 'brightwell  LTD', 'Brightwell Ltd'],
    ['a number', field('employees', 'number'), 14, '14'],
    ['an amount in another form', field('fee', 'number'), 1240.5, '1,240.50'],
    ['a date in words', field('start', 'date'), '2027-03-03', '3 March 2027'],
    ['an address', field('contact'), 'anna@brightwell.example', 'anna@brightwell.example'],
    ['a choice', field('kind', 'choice', { choices: ['Monthly', 'Yearly'] }), 'Monthly', 'monthly'],
  ])('that is %s of the source looks right, and says where', (_, of, value, cited) => {
    const found = check(of, value)

    expect(found.band).toBe('looks-right')
    expect(found.says).toBe('Found in "E-mail"')
    expect(found.cited).toContain(cited)
  })

  it('that no source states asks to be checked', () => {
    expect(check(field('employees', 'number'), 15)).toMatchObject({
      band: 'check-this',
      says: 'No source says 15',
    })
    expect(check(field('start', 'date'), '2027-03-04').band).toBe('check-this')
  })

  it('that was made up asks to be checked', () => {
    expect(check(field('accountant'), 'Dunn & Co')).toMatchObject({
      band: 'check-this',
      says: 'No source says Dunn & Co',
    })
  })

  it('is not found inside another word or number', () => {
    expect(check(field('employees', 'number'), 4).band).toBe('check-this')
    expect(check(field('client'), 'well').band).not.toBe('looks-right')
    expect(check(field('invoicesTo'), 'brightwell.example').band).not.toBe('looks-right')
  })

  it('that another source contradicts asks to be checked, and says who says what', () => {
    const form = { field: field('employeesForm', 'number', { label: 'Employees on the form' }), value: 12 }

    const found = check(field('employees', 'number', { label: 'Employees' }), 14, [form])

    expect(found.band).toBe('check-this')
    expect(found.says).toBe('"E-mail" says 14, "Employees on the form" says 12')
  })

  it('that is empty, or a judgement, cannot be told', () => {
    expect(check(field('vat'), null).band).toBe('cannot-tell')
    expect(check(field('urgent', 'yes-no'), true).band).toBe('cannot-tell')
    expect(check(field('kind', 'choice', { choices: ['A', 'B'] }), 'B').band).toBe('cannot-tell')
  })

  it('that is only partly in the source says what is not', () => {
    const found = check(field('client'), 'Brightwell Holdings')

    expect(found).toMatchObject({ band: 'check-this', says: 'Only partly found: no source has "holdings"' })
  })
})

describe('free text', () => {
  const letter = field('letter', 'long-text')

  it('looks right when every fact in it stands in a source', () => {
    const found = check(letter, 'Dear Anna, we start on 2027-03-03 for 14 people at 1240.50 a month.')

    expect(found.band).toBe('looks-right')
    expect(found.cited).toEqual(['3 March 2027', '14', '1,240.50'])
  })

  it('asks to be checked for each fact that stands in no source', () => {
    const found = check(
      letter,
      'We start on 5 March 2027 for 14 people. Call 0201234567 or write to bob@other.example.',
    )

    expect(found.band).toBe('check-this')
    expect(found.says).toContain('"5 March 2027"')
    expect(found.says).toContain('"bob@other.example"')
    expect(found.says).not.toContain('"14"')
  })

  it('may name the year of a date that a source gives in full, and no other', () => {
    expect(check(letter, 'We act for you from 2027 on.').band).toBe('looks-right')
    expect(check(letter, 'We act for you from 2026 on.').band).toBe('check-this')
  })

  it('cannot be told when it states nothing', () => {
    expect(check(letter, '1. Thank you.\n2. We will be in touch.').band).toBe('cannot-tell')
  })
})

it('a draft is as doubtful as its most doubtful field', () => {
  const checkOf = (band: FieldCheck['band']): FieldCheck => ({ band, says: '', evidence: [] })

  expect(worstBand([checkOf('looks-right'), checkOf('check-this'), checkOf('cannot-tell')])).toBe(
    'check-this',
  )
  expect(worstBand([checkOf('looks-right'), checkOf('cannot-tell')])).toBe('cannot-tell')
  expect(worstBand([])).toBeNull()
})

it('positions are those of the text as it was written', () => {
  const odd = { field: field('note', 'long-text'), value: 'Über  “Ünal–Café”,\t\tß: GmbH & Co' }
  const found = checkDraft({
    fields: [field('client')],
    values: { client: 'Ünal-Café' },
    sources: [odd],
  }).get('client')

  const place = found?.evidence[0]
  expect(odd.value.slice(place?.from, place?.to)).toBe('Ünal–Café')
})
