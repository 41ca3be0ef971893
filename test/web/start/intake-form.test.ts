import { describe, expect, test } from 'vitest'
import type { Field, ProcessMap } from '#domain/process-map.ts'
import { samples } from '#samples/index.ts'
import { ApiError } from '#web/api.ts'
import { checkColumns, readHead, templateCsv } from '#web/start/csv-columns.ts'
import { faultsFrom, faultsOf, intakeFieldsOf, valuesToSend } from '#web/start/intake-form.ts'
import { aMapOf, end } from '../pilot/maps.ts'

const field: Pick<Field, 'choices' | 'hint' | 'sensitivity'> = {
  choices: [],
  hint: '',
  sensitivity: 'internal',
}
const map: ProcessMap = {
  ...aMapOf([end('done')], []),
  fields: [
    { ...field, name: 'client', label: 'Client', type: 'text' },
    { ...field, name: 'fee', label: 'Monthly fee', type: 'number' },
    { ...field, name: 'size', label: 'Size', type: 'choice', choices: ['small', 'large'] },
    { ...field, name: 'unused', label: 'Not asked', type: 'text' },
  ],
  intake: [
    { field: 'client', required: true },
    { field: 'fee', required: false },
    { field: 'size', required: false },
  ],
}
const fields = intakeFieldsOf(map)

describe('the form of a case', () => {
  test('asks for the intake fields of its map in their order', () => {
    expect(fields.map((item) => [item.field.label, item.required])).toEqual([
      ['Client', true],
      ['Monthly fee', false],
      ['Size', false],
    ])
  })

  test('can be made for every sample process, from its own intake cases', () => {
    for (const sample of samples) {
      const asked = intakeFieldsOf(sample.map)

      expect(asked.length).toBe(sample.map.intake.length)
      for (const values of sample.intake) expect(faultsOf(asked, values), sample.name).toEqual(new Map())
    }
  })

  test('names each field that is missing or does not fit', () => {
    const faults = faultsOf(fields, { client: '  ', fee: 'much', size: 'medium' })

    expect([...faults.keys()]).toEqual(['client', 'fee', 'size'])
  })

  test('sends only what was filled in', () => {
    expect(valuesToSend(fields, { client: 'Norvik', fee: null, size: '' })).toEqual({ client: 'Norvik' })
  })

  test('puts what the server found at the fields it found it at', () => {
    const body = { type: '', title: '', status: 422, detail: '', code: 'ValuesInvalid', requestId: '' }
    const error = new ApiError({
      ...body,
      errors: [
        { field: 'values.client', message: 'In use.', mend: 'Add a year.' },
        { field: 'elsewhere', message: 'No.', mend: '' },
      ],
    })

    expect(faultsFrom(error, fields)).toEqual(new Map([['client', 'In use. Add a year.']]))
    expect(faultsFrom(new ApiError(body), fields)).toBeNull()
    expect(faultsFrom(new Error('x'), fields)).toBeNull()
  })
})

describe('the columns of a file', () => {
  test('go by name or label, whatever the case of the letters', () => {
    const check = checkColumns(['CLIENT', 'monthly Fee', 'Colour'], fields)

    expect(check.columns.map((column) => column.field)).toEqual(['Client', 'Monthly fee', null])
    expect(check.missing).toEqual(['Size'])
    expect(check.missingRequired).toEqual([])
  })

  test('say which required field no column gives', () => {
    expect(checkColumns(['fee'], fields).missingRequired).toEqual(['Client'])
  })

  test('are read from the start of the file, byte order mark and quotes included', async () => {
    const head = await readHead(new Blob(['\uFEFF"Client","Monthly fee"\r\n"Acme, Ltd",3\r\n']))

    expect(head).toEqual({ header: ['Client', 'Monthly fee'], rows: [['Acme, Ltd', '3']] })
  })

  test('of the offered empty file all fit', async () => {
    const head = await readHead(new Blob([templateCsv(fields)]))

    expect(checkColumns(head?.header ?? [], fields)).toMatchObject({ missing: [], missingRequired: [] })
  })

  test('are none in an empty file', async () => {
    expect(await readHead(new Blob(['']))).toBeNull()
  })
})
