import { QueryClient } from '@tanstack/react-query'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { StreamEvent } from '#domain/contract.ts'
import { ask } from '#web/queries.ts'
import { openLiveStream } from '#web/ui/live-stream.ts'
import { refreshFor } from '#web/ui/use-live.ts'

const change: StreamEvent = {
  pilotId: 'p1',
  caseId: 'c1',
  taskId: 't1',
  stepId: null,
  type: 'task-decided',
}

describe('a change that the server tells of', () => {
  function cached(): { client: QueryClient; isOld: (key: readonly unknown[]) => boolean | undefined } {
    const client = new QueryClient()
    for (const question of [
      ask('inbox', { query: { view: 'needs-me' } }),
      ask('task', { params: { taskId: 't1' } }),
      ask('task', { params: { taskId: 't2' } }),
      ask('canvas', { params: { pilotId: 'p1' } }),
      ask('canvas', { params: { pilotId: 'p2' } }),
      ask('me', {}),
    ]) {
      client.setQueryData(question.queryKey, {})
    }
    return { client, isOld: (key) => client.getQueryState(key)?.isInvalidated }
  }

  it('makes lists, its pilot and its task be asked again, and nothing else', () => {
    const { client, isOld } = cached()

    refreshFor(client, [change])

    expect(isOld(ask('inbox', { query: { view: 'needs-me' } }).queryKey)).toBe(true)
    expect(isOld(ask('task', { params: { taskId: 't1' } }).queryKey)).toBe(true)
    expect(isOld(ask('canvas', { params: { pilotId: 'p1' } }).queryKey)).toBe(true)
    expect(isOld(ask('task', { params: { taskId: 't2' } }).queryKey)).toBe(false)
    expect(isOld(ask('canvas', { params: { pilotId: 'p2' } }).queryKey)).toBe(false)
    expect(isOld(ask('me', {}).queryKey)).toBe(false)
  })

  it('reaches every task when too much was missed to be named', () => {
    const { client, isOld } = cached()

    refreshFor(client, [{ ...change, caseId: null, taskId: null, type: 'reload' }])

    expect(isOld(ask('task', { params: { taskId: 't2' } }).queryKey)).toBe(true)
  })
})

describe('the one stream of a browser', () => {
  const sources: FakeSource[] = []
  const channels: FakeChannel[] = []

  class FakeSource extends EventTarget {
    static readonly CLOSED = 2
    readyState = 1
    readonly address: string
    constructor(address: string) {
      super()
      this.address = address
      sources.push(this)
    }
    close(): void {
      this.readyState = FakeSource.CLOSED
    }
  }
  class FakeChannel extends EventTarget {
    readonly told: unknown[] = []
    constructor() {
      super()
      channels.push(this)
    }
    postMessage(data: unknown): void {
      this.told.push(data)
    }
    close(): void {}
  }
  const holders: string[] = []

  beforeEach(() => {
    vi.useFakeTimers()
    vi.spyOn(Math, 'random').mockReturnValue(1)
    vi.stubGlobal('EventSource', FakeSource)
    vi.stubGlobal('BroadcastChannel', FakeChannel)
    vi.stubGlobal('navigator', {
      locks: {
        // The second to ask waits, as with real locks.
        request: (name: string, _: unknown, hold: () => Promise<void>) => {
          if (holders.includes(name)) return new Promise(() => undefined)
          holders.push(name)
          return hold()
        },
      },
    })
  })
  afterEach(() => {
    sources.length = 0
    channels.length = 0
    holders.length = 0
    vi.useRealTimers()
    vi.restoreAllMocks()
    vi.unstubAllGlobals()
  })

  it('is opened by the first tab, which tells the others', () => {
    const first = vi.fn()
    openLiveStream({ personId: 'sam', onEvent: first, onGap: vi.fn() })
    openLiveStream({ personId: 'sam', onEvent: vi.fn(), onGap: vi.fn() })

    sources[0]?.dispatchEvent(new MessageEvent('message', { data: JSON.stringify(change) }))

    expect(sources.map(({ address }) => address)).toEqual(['/api/events'])
    expect(first).toHaveBeenCalledWith(change)
    expect(channels[0]?.told).toEqual([change])
  })

  it('hears what another tab tells', () => {
    const onEvent = vi.fn()
    openLiveStream({ personId: 'sam', onEvent, onGap: vi.fn() })

    channels[0]?.dispatchEvent(new MessageEvent('message', { data: change }))

    expect(onEvent).toHaveBeenCalledWith(change)
  })

  it('is opened anew, later each time, after the server refused it; then everything is asked again', () => {
    const onGap = vi.fn()
    openLiveStream({ personId: 'sam', onEvent: vi.fn(), onGap })
    onGap.mockClear()

    fail(sources[0])
    vi.advanceTimersByTime(2_000)
    expect(sources).toHaveLength(2)
    fail(sources[1])
    vi.advanceTimersByTime(2_000)
    expect(sources).toHaveLength(2)
    vi.advanceTimersByTime(2_000)
    expect(sources).toHaveLength(3)

    sources[2]?.dispatchEvent(new Event('open'))
    expect(onGap).toHaveBeenCalledTimes(1)
  })

  it('is left alone while the browser itself connects again', () => {
    openLiveStream({ personId: 'sam', onEvent: vi.fn(), onGap: vi.fn() })

    sources[0]?.dispatchEvent(new Event('error'))
    vi.advanceTimersByTime(60_000)

    expect(sources).toHaveLength(1)
  })

  it('closes with the page', async () => {
    const close = openLiveStream({ personId: 'sam', onEvent: vi.fn(), onGap: vi.fn() })

    close()
    await vi.runAllTimersAsync()

    expect(sources[0]?.readyState).toBe(FakeSource.CLOSED)
  })

  function fail(source: FakeSource | undefined): void {
    if (source === undefined) throw new Error('No stream was opened')
    source.readyState = FakeSource.CLOSED
    source.dispatchEvent(new Event('error'))
  }
})
