import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { checkExpression, evaluateExpression, type CaseValues, type VarTypes } from '#domain/expressions.ts'

const vars: VarTypes = { fee: 'double', urgent: 'bool', vat: 'string' }
const known: CaseValues = { fee: 5000, urgent: true, vat: 'NL12' }

describe('a condition', () => {
  const golden: [string, CaseValues, boolean][] = [
    ['fee > 5000', known, false],
    ['fee >= 5000', known, true],
    ['fee == 5000', known, true],
    ['fee == 5000.0', known, true],
    ['fee * 2 > 9999', known, true],
    ['fee / 2 + 1 == 2501', known, true],
    ['!urgent', known, false],
    ['urgent && vat.startsWith("NL")', known, true],
    ['vat in ["BE", "NL12"]', known, true],
    ['size(vat) == 4', known, true],
    ['given.vat', { ...known, vat: null }, false],
    ['given.vat ? vat == "NL12" : urgent', { ...known, vat: null }, true],
    ['given.vat && vat == "x"', {}, false],
    ['true', {}, true],
  ]
  it.each(golden)('%s is decided', (source, values, expected) => {
    expect(evaluateExpression(source, vars, values)).toEqual({ ok: true, value: expected })
  })

  const refused: [string, string][] = [
    ['fee', 'yes or no'],
    ['foo > 1', 'foo'],
    ['vat.matches("(a+)+$")', 'matches()'],
    ['[1, 2].all(x, x > 1)', 'all()'],
    ['["a"].map(x, x).size() > 0', 'map()'],
    ['fee > "a"', 'overload'],
    ['fee >', ''],
    [`vat == "${'a'.repeat(500)}"`, '500'],
    [Array.from({ length: 60 }, () => 'urgent').join(' && '), ''],
    ['(('.repeat(60), ''],
  ]
  it.each(refused)('%s is refused', (source, reason) => {
    const checked = checkExpression(source, vars)

    expect(checked.ok).toBe(false)
    expect(checked.ok ? '' : checked.message).toContain(reason)
  })

  it('that reads a missing value is an error and never a silent no', () => {
    const evaluated = evaluateExpression('fee > 10', vars, { fee: null })

    expect(evaluated).toEqual({ ok: false, message: 'fee is not known in this case' })
  })

  it('never throws, whatever is typed', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 80 }), (source) => {
        expect(typeof checkExpression(source, vars).ok).toBe('boolean')
        expect(typeof evaluateExpression(source, vars, known).ok).toBe('boolean')
      }),
    )
  })

  it('names the fields it reads', () => {
    expect(checkExpression('given.vat || fee > 3', vars)).toEqual({ ok: true, variables: ['fee', 'vat'] })
  })
})
