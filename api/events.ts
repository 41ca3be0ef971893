import type { Context, Hono } from 'hono'
import { streamSSE } from 'hono/streaming'
import type { StreamEvent } from '#domain/contract.ts'
import { isProblem } from '#domain/problems.ts'
import { cursorText, readCursor, type PlacedEvent } from '#store/views/stream.ts'
import { visiblePilots } from '#store/views/visible.ts'
import type { AppContext } from './app.ts'
import type { Deps } from './deps.ts'
import { within } from './outside.ts'
import { problemResponse } from './respond.ts'
import { whoAsks } from './who.ts'

const heartbeatMs = 15_000
/** Pages of a server that went away come back to another one, but not all at once. */
const soonestReconnectMs = 1_000
const latestReconnectMs = 4_000
const streamsPerPerson = 5
/** A page that does not read for so long that this much waits is told to come back. */
const mostWaiting = 5_000

/** `GET /api/events?pilot=`: what changed, as server-sent events; resumed by Last-Event-ID. */
export function registerEvents(app: Hono<AppContext>, deps: Deps): void {
  const open = new Map<string, number>()

  app.get('/api/events', async (context) => {
    const at = { requestId: context.get('requestId') }
    const who = await within(2_500, whoAsks(context.req.raw, deps))
    if (isProblem(who)) return problemResponse(who, at)
    const { actor } = who
    if (actor === null) return problemResponse({ code: 'NotSignedIn' }, at)

    const wanted = wantedFrom(context)
    if (isProblem(wanted)) return problemResponse(wanted, at)
    const { pilotId, from } = wanted
    if (pilotId !== null && !(await visiblePilots(deps.db, actor.id)).has(pilotId)) {
      return problemResponse({ code: 'NotFound', what: 'pilot' }, at)
    }
    if ((open.get(actor.id) ?? 0) >= streamsPerPerson) {
      return problemResponse({ code: 'TooManyRequests', retryAfterSeconds: 5 }, at)
    }
    if (context.req.raw.method === 'HEAD') return context.body(null)

    open.set(actor.id, (open.get(actor.id) ?? 0) + 1)
    return streamSSE(context, async (stream) => {
      const waiting: PlacedEvent[] = []
      const state = { isOver: false, wake: (): void => {} }
      const end = (): void => {
        state.isOver = true
        state.wake()
      }
      stream.onAbort(end)
      const joined = await deps.live
        .join(
          {
            deliver: (events) => {
              waiting.push(...events)
              if (waiting.length > mostWaiting) end()
              state.wake()
            },
            end,
          },
          from,
        )
        .catch(() => null)
      try {
        await stream.writeSSE({ event: 'hello', data: '{}', retry: reconnectMs() })
        if (joined === null) return
        let allowed = await visiblePilots(deps.db, actor.id)
        // Too long ago, or too much, to catch up: everything may have changed.
        const { missed } = joined
        for (const id of missed === null ? [] : allowed) {
          if (missed !== null && (pilotId === null || id === pilotId))
            await stream.writeSSE({ id: cursorText(missed), data: JSON.stringify(allChanged(id)) })
        }
        let lastBeat = Date.now()
        while (!state.isOver && !stream.aborted) {
          for (const { cursor, event } of waiting.splice(0)) {
            if (!allowed.has(event.pilotId) || (pilotId !== null && event.pilotId !== pilotId)) continue
            await stream.writeSSE({ id: cursorText(cursor), data: JSON.stringify(event) })
          }
          if (Date.now() - lastBeat >= heartbeatMs) {
            // Also finds pages that went away, and roles that were taken.
            allowed = await visiblePilots(deps.db, actor.id)
            await stream.writeSSE({ event: 'beat', data: '{}' })
            lastBeat = Date.now()
          }
          if (waiting.length > 0 || state.isOver) continue
          await new Promise<void>((done) => {
            const timer = setTimeout(done, heartbeatMs - (Date.now() - lastBeat))
            state.wake = () => {
              clearTimeout(timer)
              done()
            }
          })
        }
      } finally {
        joined?.leave()
        open.set(actor.id, Math.max(0, (open.get(actor.id) ?? 1) - 1))
      }
    })
  })
}

function reconnectMs(): number {
  return Math.round(soonestReconnectMs + Math.random() * (latestReconnectMs - soonestReconnectMs))
}

function allChanged(pilotId: string): StreamEvent {
  return { pilotId, caseId: null, taskId: null, stepId: null, type: 'reload' }
}

type Wanted = { pilotId: string | null; from: ReturnType<typeof readCursor> }

function wantedFrom(context: Context<AppContext>): Wanted | { code: 'InvalidInput'; errors: Fault[] } {
  const pilotId = context.req.query('pilot') ?? null
  const last = context.req.header('last-event-id') ?? null
  const from = last === null || last === '' ? null : readCursor(last)
  const errors: Fault[] = []
  for (const name of Object.keys(context.req.queries())) {
    if (name !== 'pilot') errors.push({ field: name, message: 'is not known here', mend: 'leave it out' })
  }
  if (pilotId !== null && !/^[\x21-\x7e]{1,120}$/.test(pilotId)) {
    errors.push({ field: 'pilot', message: 'is not an id', mend: 'give the id of a pilot' })
  }
  if (last !== null && last !== '' && from === null) {
    errors.push({ field: 'Last-Event-ID', message: 'is not an id of this stream', mend: 'send the last id' })
  }
  return errors.length > 0 ? { code: 'InvalidInput', errors } : { pilotId, from }
}
type Fault = { field: string; message: string; mend: string }
