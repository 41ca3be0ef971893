import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ColumnMapping } from '#domain/measure/event-log.ts'
import { baselineFromCsv, checkCsv, isCsvProblem, previewCsv, type CsvOptions } from '#workers/parse/csv.ts'
import type { CsvSource } from '#workers/parse/csv-source.ts'
import { describeWithReference, referencePath } from '../../domain/measure/reference-data.ts'

const mapping: ColumnMapping = {
  case: 'case',
  activity: 'activity',
  start: null,
  end: 'time',
  resource: null,
  enabled: null,
  lifecycle: null,
  instanceId: null,
  zone: null,
  dateOrder: null,
}
const header = 'case,activity,time\n'
const line = '1,Check,2026-01-05T09:00:00Z\n'

function csv(text: string): CsvSource {
  return { bytes: Buffer.from(text) }
}

async function preview(source: CsvSource, options: CsvOptions = {}) {
  const outcome = await previewCsv(source, options)
  if (isCsvProblem(outcome)) throw new Error(`${outcome.code}: ${outcome.message}`)
  return outcome
}

async function check(source: CsvSource, options: CsvOptions = {}) {
  const outcome = await checkCsv(source, mapping, options)
  if (isCsvProblem(outcome))
    throw new Error(`${outcome.code}: ${outcome.message} ${outcome.details.join('; ')}`)
  return outcome
}

async function codeOf(outcome: Promise<object>): Promise<string | null> {
  const settled = await outcome
  return isCsvProblem(settled) ? settled.code : null
}

describe('the preview of a file', () => {
  test.each([
    ['LF', 'a,b\n1,x\n2,"y\nz"\n'],
    ['CRLF', 'a,b\r\n1,x\r\n2,"y\r\nz"\r\n'],
    ['CR only', 'a,b\r1,x\r2,"y\rz"\r'],
    ['CRLF with a stray LF', 'a,b\r\n1,x\n2,"y\r\nz"\r\n'],
    ['a byte order mark', '\uFEFFa,b\n1,x\n2,"y\nz"\n'],
    ['semicolons', 'a;b\n1;x\n2;"y\nz"\n'],
    ['no line end at its end', 'a,b\n1,x\n2,"y\nz"'],
  ])('is the same with %s', async (_, text) => {
    const found = await preview(csv(text))

    expect(found.columns).toEqual(['a', 'b'])
    expect(found.sampleRows).toEqual([
      ['1', 'x'],
      ['2', 'y\nz'],
    ])
    expect(found.rows).toBe(2)
  })

  test('gives columns without a name, or with the same one, a name of their own', async () => {
    const found = await preview(csv('id,,id,id\n1,2,3,4\n'))

    expect(found.columns).toEqual(['id', 'column 2', 'id (2)', 'id (3)'])
  })

  test('knows gzip by its first bytes, and the fingerprint is that of the file as it is', async () => {
    const zipped = gzipSync(header + line)

    const found = await preview({ bytes: zipped })

    expect(found).toMatchObject({ gzip: true, bytes: zipped.byteLength, rows: 1 })
    expect(found.sha256).toMatch(/^[0-9a-f]{64}$/)
    expect(found.sha256).not.toBe((await preview(csv(header + line))).sha256)
  })

  test('uses a date far down the file to tell days from months', async () => {
    const ambiguous = '1,Check,03/04/2026 10:00\n'.repeat(1500)

    const open = await preview(csv(header + ambiguous))
    const settled = await preview(csv(`${header}${ambiguous}1,Check,31/03/2026 10:00\n`))

    expect(open.questions).toContain('In "time", is 03/04/2026 10:00 written day first or month first?')
    expect(settled.mapping.dateOrder).toBe('dmy')
    expect(settled.questions).toEqual(['The times in "time" carry no time zone: which zone are they in?'])
  })

  test('reads other encodings when a person chose them', async () => {
    const latin = Buffer.from('case,activity\n1,Pr\xfcfung\n', 'latin1')

    expect(await codeOf(previewCsv({ bytes: latin }))).toBe('NotText')
    expect((await preview({ bytes: latin }, { encoding: 'windows-1252' })).sampleRows).toEqual([
      ['1', 'Prüfung'],
    ])
  })
})

describe('the check of a mapping', () => {
  test('lists refused rows by the number a spreadsheet shows, blank rows counted', async () => {
    const found = await check(
      csv(`${header}${line}\n,Check,2026-01-05T09:00:00Z\n1,"two\nlines",soon\n${line}`),
    )

    expect(found.rejected).toEqual([
      { row: 4, reason: 'has no case', value: '' },
      { row: 5, reason: '"time" is no date in this column\'s form', value: 'soon' },
    ])
    expect(found).toMatchObject({
      rows: 4,
      cases: 1,
      rejectedTotal: 2,
      activities: [{ activity: 'Check', rows: 2 }],
    })
  })

  test('lists a thousand refused rows and counts the rest', async () => {
    const found = await check(csv(header + line + ',Check,2026-01-05T09:00:00Z\n'.repeat(1500)))

    expect(found.rejected).toHaveLength(1000)
    expect(found.rejectedTotal).toBe(1500)
  })

  test('says everything that is wrong with the mapping', async () => {
    const outcome = await checkCsv(csv('case,activity,time\n1,Check,2026-01-05 09:00\n'), {
      ...mapping,
      resource: 'who',
    })

    expect(outcome).toMatchObject({
      code: 'MappingUnusable',
      details: ['the file has no column "who"', 'the times in "time" carry no time zone: choose theirs'],
    })
  })

  test('does not take a column of numbers for the activity', async () => {
    const rows = Array.from({ length: 1001 }, (_, i) => `1,${i},2026-01-05T09:00:00Z\n`)

    const outcome = await checkCsv(csv(header + rows.join('')), mapping)

    expect(outcome).toMatchObject({
      code: 'MappingUnusable',
      details: ['column "activity" holds 1001 different values: it can hardly name the activity'],
    })
  })

  test('reads a long file the same however its pieces fall', async () => {
    const rows = Array.from(
      { length: 40_000 },
      (_, i) => `"kéy ${i % 5000}","Prüfen, ""neu""\r\n€",2026-01-05T09:00:00Z\r\n`,
    )
    const text = `case,activity,time\r\n${rows.join('')}`

    const plain = await check(csv(text))
    const zipped = await check({ bytes: gzipSync(text) })

    expect(plain).toMatchObject({
      rows: 40_000,
      cases: 5000,
      rejectedTotal: 0,
      activities: [{ activity: 'Prüfen, "neu"\n€', rows: 40_000 }],
    })
    expect(zipped).toEqual(plain)
  })
})

describe('a file that cannot be read', () => {
  test.each<[string, CsvSource, CsvOptions, string]>([
    ['is missing', { path: '/nowhere/log.csv' }, {}, 'FileMissing'],
    ['is empty', csv(''), {}, 'NoTable'],
    ['has one column', csv('just text\nand more\n'), {}, 'NoTable'],
    ['has a header only', csv(header), {}, 'NoRows'],
    ['is a picture', { bytes: Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex') }, {}, 'NotText'],
    ['is UTF-16', { bytes: Buffer.from(header + line, 'utf16le') }, {}, 'NotText'],
    ['is gzip and cut off', { bytes: gzipSync(header + line.repeat(5000)).subarray(0, 60) }, {}, 'BadGzip'],
    [
      'is gzip and damaged',
      { bytes: Buffer.concat([Buffer.from([0x1f, 0x8b]), Buffer.alloc(50, 7)]) },
      {},
      'BadGzip',
    ],
    ['is too big', csv(header + line.repeat(100)), { maxBytes: 1000 }, 'FileTooBig'],
    [
      'inflates to too much',
      { bytes: gzipSync(Buffer.alloc(5_000_000, line)) },
      { maxBytes: 1_000_000 },
      'FileTooBig',
    ],
    ['has too many rows', csv(header + line.repeat(100)), { maxRows: 99 }, 'TooManyRows'],
    [
      'never closes a quote',
      csv(`${header}1,"Check,2026-01-05T09:00:00Z\n${line.repeat(10)}`),
      {},
      'QuoteNeverClosed',
    ],
    [
      'never closes a quote for a megabyte',
      csv(`${header}1,"Check${line.repeat(90_000)}`),
      {},
      'QuoteNeverClosed',
    ],
  ])('because it %s', async (_, source, options, code) => {
    expect(await codeOf(previewCsv(source, options))).toBe(code)
  })

  test('because no row of it can be used', async () => {
    const source = csv(`${header},Check,2026-01-05T09:00:00Z\n`)

    const outcome = await baselineFromCsv(source, {
      mapping,
      stepNames: {},
      calendar: null,
      exceptionSteps: [],
    })

    expect(outcome).toMatchObject({ code: 'NoRows', details: ['row 2 has no case'] })
  })

  test('in time is given up', async () => {
    expect(await codeOf(previewCsv(csv(header + line), { timeoutMs: 1 }))).toBe('TimedOut')
  })

  test('in the memory of its thread is given up, and the next file is read', async () => {
    const ids = Array.from(
      { length: 250_000 },
      (_, i) => `case number ${i} of a very long log,Check,2026-01-05T09:00:00Z\n`,
    )

    expect(await codeOf(checkCsv(csv(header + ids.join('')), mapping, { heapMb: 20 }))).toBe('OutOfMemory')
    expect((await check(csv(header + line))).rows).toBe(1)
  })

  test('because nobody waits for it any more', async () => {
    const giveUp = new AbortController()

    const outcome = previewCsv(csv(header + line.repeat(100_000)), { signal: giveUp.signal })
    giveUp.abort(new Error('left the page'))

    await expect(outcome).rejects.toThrow('left the page')
  })
})

describe('outside the test runner', () => {
  let folder = ''
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'throughline-csv-'))
    await writeFile(join(folder, 'log.csv'), header + line)
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  test('the thread starts in a process run by tsx', async () => {
    const root = join(import.meta.dirname, '../../..')
    const script = `
      const { previewCsv } = await import('#workers/parse/csv.ts')
      console.log(JSON.stringify(await previewCsv({ path: ${JSON.stringify(join(folder, 'log.csv'))} })))`

    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['--import', 'tsx', '--input-type=module', '--eval', script],
      { cwd: root },
    )

    expect(JSON.parse(stdout)).toMatchObject({ rows: 1, columns: ['case', 'activity', 'time'] })
  })
})

describeWithReference('reference logs through the thread', () => {
  test.each([
    ['insurance_claims_train.csv.gz', { cases: 1000, runs: 5443 }, 2417760],
    ['loanapp_simplified_train.csv.gz', { cases: 1000, runs: 7544 }, 12708628],
    ['patients.csv.gz', { cases: 500, runs: 2721 }, 525788000],
    ['traffic_fines.csv.gz', { cases: 10000, runs: 34724 }, 10800000000],
  ])('%s', async (file, counts, medianMs) => {
    const source = { path: referencePath(`logs/${file}`) }
    const found = await preview(source)
    const reports: number[] = []

    const outcome = await baselineFromCsv(
      source,
      { mapping: { ...found.mapping, zone: 'UTC' }, stepNames: {}, calendar: null, exceptionSteps: [] },
      { onProgress: ({ rows }) => reports.push(rows) },
    )

    if (isCsvProblem(outcome)) throw new Error(outcome.message)
    expect(outcome.check).toMatchObject({ rejected: [], unpaired: 0, rows: found.rows })
    expect(outcome.figures).toMatchObject(counts)
    expect(outcome.figures.cycle.elapsed.medianMs).toBe(medianMs)
    expect(reports.length).toBeGreaterThan(0)
  })
})
