import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { readEnv } from '#workers/env.ts'

const database = { DATABASE_URL: 'postgres://here/db' }

describe('the environment of a worker', () => {
  it('takes both kinds of work and has no model when nothing else is said', () => {
    expect(readEnv(database)).toEqual({
      databaseUrl: 'postgres://here/db',
      roles: ['core', 'ai'],
      model: { missing: 'No AI model is configured here.' },
      aiConcurrency: 20,
      secretKeys: null,
      privateCalls: 'any',
    })
  })

  it('must hold a master key in production where calls are made, and only there', () => {
    const production = { ...database, NODE_ENV: 'production' }
    const key = randomBytes(32).toString('base64')

    expect(() => readEnv(production)).toThrow('There is no master key')
    expect(() => readEnv({ ...production, TL_MASTER_KEY: 'no key' })).toThrow('32 random bytes')
    expect(readEnv({ ...production, TL_MASTER_KEY: key })).toMatchObject({ privateCalls: [] })
    expect(readEnv({ ...production, TL_WORKER_ROLES: 'core' }).secretKeys).toBeNull()
    expect(readEnv({ ...production, TL_MASTER_KEY: key, TL_ALLOW_PRIVATE_CALLS: 'ledger:80' })).toMatchObject(
      {
        privateCalls: ['ledger:80'],
      },
    )
  })

  it('knows an endpoint without a key, such as one inside the firm', () => {
    const settings = readEnv({ ...database, OPENAI_BASE_URL: 'http://10.0.0.5:8000/v1', TL_MODEL: 'llama' })

    expect(settings.model).toMatchObject({
      baseUrl: 'http://10.0.0.5:8000/v1',
      model: 'llama',
      practice: false,
    })
  })

  it('asks the practice model for one draft at a time', () => {
    const settings = readEnv({
      ...database,
      OPENAI_BASE_URL: 'http://127.0.0.1:9/v1',
      OPENAI_API_KEY: 'k',
      TL_MODEL: 'practice',
      TL_PRACTICE: '1',
    })

    expect(settings).toMatchObject({ aiConcurrency: 1, model: { practice: true } })
  })

  it('says what is missing when an endpoint has no model', () => {
    const { model } = readEnv({ ...database, OPENAI_API_KEY: 'k' })

    expect(model).toEqual({ missing: 'An AI endpoint is configured, but no model is named (TL_MODEL).' })
  })

  it.each([
    ['no database', {}],
    ['an unknown role', { ...database, TL_WORKER_ROLES: 'core,cook' }],
    ['an address that is none', { ...database, OPENAI_BASE_URL: 'not an address' }],
    ['no number of drafts', { ...database, TL_AI_CONCURRENCY: '0' }],
  ])('refuses %s', (_, env) => {
    expect(() => readEnv(env)).toThrow()
  })
})
