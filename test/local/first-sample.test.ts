import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { makeFirstSample } from '#local/first-sample.ts'
import { homeAt } from '#local/home.ts'
import { seedDemo } from '#local/seed.ts'
import { openTestApi, type TestApi } from '../api/test-api.ts'

let api: TestApi
let root: string
beforeEach(async () => {
  api = await openTestApi()
  await seedDemo(api.url)
  root = mkdtempSync(join(tmpdir(), 'tl-first-'))
  // The API answers without a port of its own.
  vi.stubGlobal('fetch', async (url: string, init?: RequestInit) => api.fetch(new URL(url).pathname, init))
})
afterEach(async () => {
  vi.unstubAllGlobals()
  await api.close()
  rmSync(root, { recursive: true })
})

const processes = () => api.call('processes', {})

describe('the sample of a first start', () => {
  it('is made once, and does not come back to whoever deleted it', async () => {
    const home = homeAt(root)
    expect(await makeFirstSample(home, 'http://the.api')).toMatch(/with its baseline and a pilot/)
    const [made] = await processes()
    expect(await makeFirstSample(home, 'http://the.api')).toBe('was made at the first start')
    expect(await processes()).toEqual([made])
  })

  it('never takes the place of what a database holds that was restored or is shared', async () => {
    await makeFirstSample(homeAt(root), 'http://the.api')
    const before = await processes()
    rmSync(join(root, 'first-sample-made'))

    expect(await makeFirstSample(homeAt(root), 'http://the.api')).toBe(
      'not made, since there are processes already',
    )
    expect(await processes()).toEqual(before)
  })
})
