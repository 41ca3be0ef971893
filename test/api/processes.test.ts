import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { rows, sql } from '#store/db.ts'
import { aMap, ai, draftAndReview, end, next, review } from '../support/maps.ts'
import { imported, logCsv, someOfEverything, type Ids } from './some-of-everything.ts'
import { openTestApi, type TestApi } from './test-api.ts'

let api: TestApi
let ids: Ids
beforeAll(async () => {
  api = await openTestApi()
  ids = await someOfEverything(api)
})
afterAll(() => api.close())

async function aProcess(): Promise<string> {
  return (await api.call('createProcess', { body: { name: 'Letters' } })).id
}

describe('a map', () => {
  it('is stored with its faults, and cannot be published with them', async () => {
    const processId = await aProcess()
    const broken = aMap([ai('draft'), review('read', 'nobody'), end()], { links: [next('draft', 'nowhere')] })

    const stored = await api.call('putMap', { params: { processId }, body: { revision: 0, map: broken } })
    const refused = await api.send('POST', `/api/processes/${processId}/versions`, { body: { revision: 1 } })

    expect(stored.problems.length).toBeGreaterThan(2)
    expect(refused.status).toBe(422)
    expect(refused.body).toMatchObject({ code: 'MapNotRunnable', problems: stored.problems })
    expect(stored.problems.every((problem) => problem.mend.length > 0)).toBe(true)
  })

  it('says once how long the exception desk may take, and no nonsense', async () => {
    const processId = await aProcess()
    const deskSla = { workingMinutes: 120, escalations: [{ afterWorkingMinutes: 60, to: 'deputy' as const }] }
    const put = (map: unknown) =>
      api.send('PUT', `/api/processes/${processId}/map`, { body: { revision: 0, map } })

    const refused = await put({ ...draftAndReview(), deskSla: { ...deskSla, workingMinutes: -5 } })
    const stored = await put({ ...draftAndReview(), deskSla })
    const version = await api.call('publishMap', { params: { processId }, body: { revision: 1 } })
    const published = await api.call('mapVersion', {
      params: { processId, version: String(version.version) },
    })

    expect(refused).toMatchObject({
      status: 422,
      body: { code: 'InvalidInput', errors: [{ field: 'map.deskSla.workingMinutes' }] },
    })
    expect(stored.status).toBe(200)
    expect(published.map.deskSla).toEqual(deskSla)
  })

  it('that somebody else changed meanwhile is not overwritten', async () => {
    const processId = await aProcess()
    const body = { revision: 0, map: draftAndReview() }
    await api.call('putMap', { params: { processId }, body })

    const late = await api.send('PUT', `/api/processes/${processId}/map`, { body })

    expect(late.status).toBe(409)
    expect(late.body).toMatchObject({ code: 'MapChanged', revision: 1 })
  })

  it('runs as a pilot once it is published, and the published one stays as it is', async () => {
    const processId = await aProcess()
    await api.call('putMap', { params: { processId }, body: { revision: 0, map: draftAndReview() } })
    const version = await api.call('publishMap', { params: { processId }, body: { revision: 1 } })
    await api.call('putMap', {
      params: { processId },
      body: { revision: 1, map: { ...draftAndReview(), purpose: 'changed' } },
    })
    const body = { version: version.version, baselineId: null, days: 30, undoSeconds: 10 }

    const pilot = await api.call('startPilot', { params: { processId }, body })
    const second = await api.send('POST', `/api/processes/${processId}/pilots`, { body })

    expect(pilot.map).toEqual(draftAndReview())
    expect(pilot).toMatchObject({ days: 30, day: 1, undoSeconds: 10, can: { change: true, startCase: true } })
    expect(second.body['code']).toBe('InUse')
    const leader = await api.call('pilot', { as: 'dana', params: { pilotId: pilot.id } })
    expect(leader.can).toEqual({ change: false, startCase: false, command: false, move: false })
  })

  it('is not run in a version, or beside a baseline, that is not there', async () => {
    const processId = await aProcess()
    const path = `/api/processes/${processId}/pilots`

    const version = await api.send('POST', path, {
      body: { version: 9_007_199_254_740_991, baselineId: null, days: 30, undoSeconds: 0 },
    })

    expect(version.status).toBe(422)
    expect(version.body).toMatchObject({ errors: [{ field: 'version' }] })
    const baseline = await api.send('PATCH', `/api/pilots/${ids.pilotId}`, { body: { baselineId: 'none' } })
    expect(baseline.body['code']).toBe('BaselineNotReady')
  })
})

describe('a log', () => {
  const file = { 'content-type': 'text/csv' }
  const upload = (raw: string): Promise<{ id: string; mapping: unknown }> =>
    api.call('uploadLog', {
      params: { processId: ids.processId },
      query: { fileName: 'log.csv' },
      raw,
      headers: file,
    })

  it('is looked at, matched with the steps, and becomes the next baseline', async () => {
    const { id, mapping } = await upload(logCsv)
    const check = await api.call('checkUpload', { params: { uploadId: id }, body: { mapping } })
    const ordered = await api.call('importBaseline', {
      params: { uploadId: id },
      body: {
        mapping,
        stepNames: { 'Draft draft': 'draft', 'Review read': 'read' },
        calendar: null,
        skipRejected: false,
        sampleData: false,
      },
    })
    const baselineId = await imported(api, ordered.id)

    expect(check).toMatchObject({ rows: 80, cases: 40, rejectedTotal: 0 })
    expect(check.activities.map((activity) => activity.stepId)).toEqual(['draft', 'read'])
    const baseline = await api.call('baseline', { params: { baselineId } })
    expect(baseline.figures.cases).toBe(40)
    expect(baseline.version).toBe(2)
    expect((await api.call('baselines', { params: { processId: ids.processId } }))[0]?.id).toBe(baselineId)
  })

  it('with rows that cannot be read imports nothing unless they are skipped', async () => {
    const { id, mapping } = await upload(`${logCsv}\nc99,Draft draft,not a time,2026-03-01T10:00:00Z\n`)
    const body = { mapping, stepNames: {}, calendar: null, sampleData: false }
    const before = await api.call('baselines', { params: { processId: ids.processId } })

    const refused = await api.send('POST', `/api/uploads/${id}/import`, {
      body: { ...body, skipRejected: false },
    })
    const skipped = await api.call('importBaseline', {
      params: { uploadId: id },
      body: { ...body, skipRejected: true },
    })

    expect(refused.status).toBe(422)
    expect(refused.body).toMatchObject({ code: 'RowsRejected', total: 1, rows: [{ row: 82 }] })
    const baseline = await api.call('baseline', { params: { baselineId: await imported(api, skipped.id) } })
    expect(baseline.rejectedRows).toBe(1)
    expect((await api.call('baselines', { params: { processId: ids.processId } })).length).toBe(
      before.length + 1,
    )
  })

  it('is not matched with steps that do not exist', async () => {
    const { id, mapping } = await upload(logCsv)

    const answer = await api.send('POST', `/api/uploads/${id}/import`, {
      body: {
        mapping,
        stepNames: { 'Draft draft': 'no-such-step' },
        calendar: null,
        skipRejected: false,
        sampleData: false,
      },
    })

    expect(answer.status).toBe(422)
    expect(answer.body).toMatchObject({ errors: [{ field: 'stepNames.Draft draft' }] })
  })

  it('whose columns are mapped to others that are not there says which', async () => {
    const { id } = await upload(logCsv)
    const mapping = {
      case: 'nowhere',
      activity: 'activity',
      start: null,
      end: 'end',
      resource: null,
      enabled: null,
      lifecycle: null,
      instanceId: null,
      zone: null,
      dateOrder: null,
    }

    const answer = await api.send('POST', `/api/uploads/${id}/check`, { body: { mapping } })

    expect(answer.status).toBe(422)
    expect(answer.body['detail']).toContain('nowhere')
  })
})

describe('a sample', () => {
  it('is made whole, runs cases from its texts, and is deleted with all that runs', async () => {
    const pilot = await api.call('makeSample', { params: { sampleKey: 'letters' } })
    const detail = await api.call('pilot', { params: { pilotId: pilot.id } })
    const batch = await api.call('startSampleCases', { params: { pilotId: pilot.id }, body: { count: 3 } })
    await expect
      .poll(async () => (await api.call('caseBatch', { params: { batchId: batch.id } })).started)
      .toBe(3)

    const deleted = await api.call('deleteSample', { params: { sampleKey: 'letters' } })

    expect(detail).toMatchObject({
      sample: true,
      sampleColleagues: false,
      baseline: { sampleData: true, cases: 40 },
    })
    expect(deleted.deleted).toBe(true)
    expect(api.engine.terminated).toHaveLength(3)
    expect((await api.send('GET', `/api/pilots/${pilot.id}`)).status).toBe(404)
    const left = await rows(
      api.db,
      z.object({ n: z.number() }),
      sql`select count(*) as n from case_run where pilot_id = ${pilot.id}`,
    )
    expect(left[0]?.n).toBe(0)
    expect(await api.call('deleteSample', { params: { sampleKey: 'letters' } })).toEqual({ deleted: false })
  })

  it('is made again in the place of the one before', async () => {
    const first = await api.call('makeSample', { params: { sampleKey: 'letters' } })
    const second = await api.call('makeSample', { params: { sampleKey: 'letters' } })

    const samples = (await api.call('pilots', {})).filter((pilot) => pilot.sample)

    expect(second.id).not.toBe(first.id)
    expect(samples.map((pilot) => pilot.id)).toEqual([second.id])
  })

  it('that several make at once is there once, and nobody gets a 5xx', async () => {
    const answers = await Promise.all(
      Array.from({ length: 4 }, () => api.send('POST', '/api/samples/letters', { body: {} })),
    )

    expect(answers.every(({ status }) => status === 201 || status === 404 || status === 409)).toBe(true)
    await api.call('makeSample', { params: { sampleKey: 'letters' } })
    expect((await api.call('pilots', {})).filter((pilot) => pilot.sample)).toHaveLength(1)
  })

  it('is made and deleted by its owner only', async () => {
    await api.call('makeSample', { params: { sampleKey: 'letters' } })

    for (const as of ['sam', 'dana']) {
      expect((await api.send('POST', '/api/samples/letters', { as, body: {} })).status).toBe(403)
      expect(
        (await api.send('DELETE', '/api/samples/letters', { as, headers: { 'content-type': '' } })).status,
      ).toBe(403)
    }
  })

  it('has colleagues only where it is a sample', async () => {
    const pilot = await api.call('makeSample', { params: { sampleKey: 'letters' } })

    const on = await api.call('changePilot', {
      params: { pilotId: pilot.id },
      body: { sampleColleagues: true },
    })
    const own = await api.send('PATCH', `/api/pilots/${ids.pilotId}`, { body: { sampleColleagues: true } })

    expect(on.sampleColleagues).toBe(true)
    expect(own.body['code']).toBe('InUse')
  })
})
