import { describe, expect, it } from 'vitest'
import { faultOf, valueFrom, valueWords } from '#web/task/field-values.ts'
import { aField } from '../support/fields.ts'

describe('what is typed into a field', () => {
  it.each([
    ['number', '14', 14],
    ['number', '12,50', 12.5],
    ['number', 'about 14', 'about 14'],
    ['number', '  ', null],
    ['yes-no', 'true', true],
    ['yes-no', 'false', false],
    ['text', 'Ines', 'Ines'],
    ['text', '', null],
  ] as const)('a %s from %j is %j', (type, typed, value) => {
    expect(valueFrom({ type }, typed)).toBe(value)
  })

  it('is told wrong with the mend', () => {
    expect(faultOf(aField({ type: 'number' }), 'about 14')).toMatch(/not a number.*digits/i)
    expect(faultOf(aField({ type: 'choice', choices: ['Low', 'High'] }), 'Middle')).toMatch(/Low, High/)
    expect(faultOf(aField({ type: 'number' }), 14)).toBe(null)
    expect(faultOf(aField({ type: 'date' }), '2027-01-04')).toBe(null)
  })
})

describe('what a field says', () => {
  it('writes days out, and yes and no', () => {
    expect(valueWords({ type: 'date' }, '2027-01-04')).toBe('Monday 4 January 2027')
    expect(valueWords({ type: 'yes-no' }, false)).toBe('No')
    expect(valueWords({ type: 'text' }, null)).toBe('')
  })
})
