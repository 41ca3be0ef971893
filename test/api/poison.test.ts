import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { faultsTold } from '#domain/check-map.ts'
import { aMap, end, manual, next } from '../support/maps.ts'
import { poisonMaps } from '../support/poison-maps.ts'
import { openTestApi, type Answer, type TestApi } from './test-api.ts'

let api: TestApi
beforeAll(async () => {
  api = await openTestApi()
})
afterAll(() => api.close())

async function put(map: unknown): Promise<{ processId: string; answer: Answer }> {
  const { id: processId } = await api.call('createProcess', { body: { name: 'Poison' } })
  const answer = await api.send('PUT', `/api/processes/${processId}/map`, { body: { revision: 0, map } })
  return { processId, answer }
}

async function publish(processId: string): Promise<Answer> {
  return api.send('POST', `/api/processes/${processId}/versions`, { body: { revision: 1 } })
}

describe('PUT map and POST version', () => {
  it.each(poisonMaps)('with $name: stored with the fault, never published', async ({ map, code, stepId }) => {
    const { processId, answer } = await put(map)
    const refused = await publish(processId)

    expect(answer.status).toBe(200)
    expect(answer.body['problems']).toContainEqual(expect.objectContaining({ code, stepId }))
    expect(refused.status).toBe(422)
    expect(refused.body).toMatchObject({ code: 'MapNotRunnable', problems: answer.body['problems'] })
    expect((await api.call('process', { params: { processId } })).versions).toEqual([])
  })

  it('with ten thousand steps answers 422 and names the steps', async () => {
    const id = (at: number): string => `s${at.toString(36)}`
    // As short as steps can be, so that the body is within its limit.
    const short = {
      title: 'x',
      who: '',
      inputs: [],
      guidance: { lines: [], goodExample: null, promptToCopy: null },
    }
    const steps = Array.from({ length: 10_000 }, (_, at) => manual(id(at), short))

    const { answer } = await put({ ...aMap([manual('a'), end()]), steps })

    expect(answer.status).toBe(422)
    expect(answer.body).toMatchObject({ errors: [{ field: 'map.steps' }] })
  })

  it('with ten thousand wrong steps answers with a readable number of errors', async () => {
    const steps = Array.from({ length: 10_000 }, () => ({ kind: 'manual' }))

    const { answer } = await put({ ...aMap([manual('a'), end()]), steps })

    expect(answer.status).toBe(422)
    expect(JSON.stringify(answer.body).length).toBeLessThan(100_000)
  })

  it('with a payload beyond the limit answers 413', async () => {
    const { answer } = await put({ ...aMap([manual('a'), end()]), purpose: 'x'.repeat(3_000_000) })

    expect(answer.status).toBe(413)
  })

  it('with hundreds of faults tells the first ones', async () => {
    const steps = Array.from({ length: 499 }, (_, at) => manual(`s${at}`, { inputs: ['nothing'] }))

    const { processId, answer } = await put(aMap([...steps, end()]))
    const refused = await publish(processId)

    expect(answer.body['problems']).toHaveLength(faultsTold)
    expect(refused.body['problems']).toHaveLength(faultsTold)
  })

  it('with five hundred steps and no fault is published', async () => {
    const steps = Array.from({ length: 499 }, (_, at) => manual(`s${at}`))
    const { processId, answer } = await put(
      aMap([...steps, end()], {
        links: [
          ...steps.map(({ id }, at) => next(id, steps[at + 1]?.id ?? 'done')),
          ...steps.map(({ id }, at) => ({
            on: 'exception' as const,
            from: id,
            to: `s${(at * 7) % 499}`,
            cause: 'any',
          })),
        ],
      }),
    )

    expect(answer.body['problems']).toEqual([])
    expect((await publish(processId)).status).toBe(201)
  })
})
