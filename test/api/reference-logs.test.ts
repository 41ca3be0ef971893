import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { projectRoot } from '#local/home.ts'
import { imported } from './some-of-everything.ts'
import { openTestApi, type TestApi } from './test-api.ts'

/** Public event logs with their known figures; they lie beside the project, or they do not. */
const folder = join(projectRoot, '..', 'shared', 'data')
const hasLogs = existsSync(join(folder, 'ground_truth_dev.json'))
const names = ['insurance_claims_train.csv.gz', 'loanapp_simplified_train.csv.gz', 'traffic_fines.csv.gz']

const Known = z.object({
  cases: z.number(),
  events: z.number(),
  rework_case_rate: z.number(),
  case_duration_s: z.looseObject({ median: z.number(), p90: z.number() }),
})

describe.skipIf(!hasLogs)('a public event log', () => {
  let api: TestApi
  let processId: string
  beforeAll(async () => {
    api = await openTestApi()
    processId = (await api.call('createProcess', { body: { name: 'Reference' } })).id
  })
  afterAll(() => api.close())

  const truth = (name: string): z.infer<typeof Known> =>
    z
      .object({ logs: z.record(z.string(), z.unknown()) })
      .transform(({ logs }) => Known.parse(logs[name]))
      .parse(JSON.parse(readFileSync(join(folder, 'ground_truth_dev.json'), 'utf8')))

  it.each(names)('%s becomes a baseline with its known figures', async (name) => {
    const known = truth(name)
    const upload = await api.call('uploadLog', {
      params: { processId },
      query: { fileName: name },
      raw: new Uint8Array(readFileSync(join(folder, 'logs', name))),
      headers: { 'content-type': 'application/gzip' },
    })
    // Stamps without a zone are UTC in these logs.
    const mapping = { ...upload.mapping, zone: 'UTC' }
    const check = await api.call('checkUpload', { params: { uploadId: upload.id }, body: { mapping } })
    const order = await api.call('importBaseline', {
      params: { uploadId: upload.id },
      body: { mapping, stepNames: {}, calendar: null, skipRejected: false, sampleData: false },
    })

    const { figures } = await api.call('baseline', { params: { baselineId: await imported(api, order.id) } })

    expect(check).toMatchObject({ rows: known.events, cases: known.cases, rejectedTotal: 0 })
    expect(figures.cases).toBe(known.cases)
    expect(figures.rework.share).toBeCloseTo(known.rework_case_rate, 9)
    expect(
      Math.abs((figures.cycle.elapsed.medianMs ?? 0) - known.case_duration_s.median * 1000),
    ).toBeLessThan(1)
    expect(Math.abs((figures.cycle.elapsed.p90Ms ?? 0) - known.case_duration_s.p90 * 1000)).toBeLessThan(1)
  })
})
