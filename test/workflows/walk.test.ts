import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startEngine, type Engine } from './support/engine.ts'
import { draftAndReview } from './support/plans.ts'

describe('a case', () => {
  let engine: Engine
  beforeAll(async () => {
    engine = await startEngine()
  })
  afterAll(async () => engine.close())

  it('is drafted, approved and done', async () => {
    const running = await engine.start(draftAndReview())

    const task = await running.task('check')
    const reply = await running.decide(task, { action: 'approve' })

    expect(reply.status).toBe('applied')
    expect(await running.result()).toEqual({ status: 'done', outcome: 'Sent' })
  })
})
