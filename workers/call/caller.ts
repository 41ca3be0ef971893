import type { Readable } from 'node:stream'
import { buildConnector, Client } from 'undici'
import { addressFault, type PrivateCalls } from '#domain/call-address.ts'
import { headerPlace, type SealedConnection } from '#store/connections.ts'
import { open } from '#store/secrets/envelope.ts'
import type { KeyRing } from '#store/secrets/key-ring.ts'
import { codesIn } from '../error-codes.ts'
import { guardedLookup, systemResolve, type Resolve } from './guarded-lookup.ts'
import { withoutSecrets } from './without-secrets.ts'

const maxReplyBytes = 256 * 1024
const connectMs = 10_000

type OutgoingCall = {
  connection: SealedConnection
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  url: URL
  /** JSON; null for a request without a body. */
  body: string | null
  idempotencyKey: string
  /** Whether anybody reads what a success says. */
  wantsReply: boolean
  deadlineMs: number
  signal: AbortSignal
  /** Told when the connection stands, before anything is sent; a failure here sends nothing. */
  beforeSending: () => Promise<void>
}

/** What one request came to. `sent`: the other system may have seen it. */
export type Answer =
  | {
      kind: 'answered'
      status: number
      text: string
      /** The reply was longer than we read. */
      cut: boolean
      retryAfter: string | null
    }
  | { kind: 'lost'; why: 'deadline' | 'network'; sent: boolean; message: string }
  /** Nothing was sent, and asking again would not help. */
  | { kind: 'blocked'; message: string }
  | { kind: 'unreadable-secret'; message: string }
  | { kind: 'aborted'; sent: boolean }

/** Asks other systems. Secrets are opened in here and go nowhere but into the request. */
export type Caller = { call: (call: OutgoingCall) => Promise<Answer> }

export type CallerSettings = {
  /** Null: no secret can be opened. */
  keys: KeyRing | null
  privateCalls: PrivateCalls
  resolve?: Resolve
  /** Hears of every request that was kept from an address. */
  onBlocked?: (message: string) => void
}

export function connectCaller({
  keys,
  privateCalls,
  resolve = systemResolve,
  onBlocked = () => undefined,
}: CallerSettings): Caller {
  return {
    call: async (call) => {
      const { connection, url } = call
      const fault = addressFault({ url, privateAddress: connection.privateAddress }, privateCalls)
      if (fault !== null) {
        onBlocked(`A call over "${connection.name}" to ${url.host} was blocked: ${fault}`)
        return { kind: 'blocked', message: `${fault}.` }
      }
      const secrets = openHeaders(connection, keys)
      if (secrets === null) {
        return {
          kind: 'unreadable-secret',
          message: `A secret of the connection "${connection.name}" does not open with this server's key.`,
        }
      }
      const answer = await send(call, { secrets, resolve, onBlocked })
      return answer.kind === 'answered'
        ? { ...answer, text: withoutSecrets(answer.text, Object.values(secrets)) }
        : answer
    },
  }
}

function openHeaders(
  { processId, name, headers }: SealedConnection,
  keys: KeyRing | null,
): Record<string, string> | null {
  const opened: Record<string, string> = {}
  for (const { header, sealed } of headers) {
    const found = keys === null ? null : open(keys, headerPlace({ processId, name, header }), sealed)
    if (found === null || !found.ok) return null
    opened[header] = found.secret
  }
  return opened
}

type Sending = {
  secrets: Record<string, string>
  resolve: Resolve
  onBlocked: (message: string) => void
}

/** One request on a connection of its own: none can be stale, and every one is looked up and checked anew. */
async function send(call: OutgoingCall, { secrets, resolve, onBlocked }: Sending): Promise<Answer> {
  const { connection, url, signal } = call
  let sent = false
  const blocked: string[] = []
  const notNoted: { error: unknown }[] = []
  const connect = buildConnector({
    timeout: connectMs,
    allowH2: false,
    lookup: guardedLookup(resolve, {
      reach: connection.privateAddress ? 'own-network' : 'public',
      onBlocked: (address) => blocked.push(address),
    }),
  })
  const client = new Client(url.origin, {
    pipelining: 0,
    // The deadline below covers all of it.
    headersTimeout: 0,
    bodyTimeout: 0,
    connect: (options, callback) => {
      connect(options, (error, socket) => {
        if (error !== null) return callback(error, null)
        call.beforeSending().then(
          () => {
            sent = true
            callback(null, socket)
          },
          (failure: unknown) => {
            notNoted.push({ error: failure })
            socket.destroy()
            callback(new Error('the request could not be noted', { cause: failure }), null)
          },
        )
      })
    },
  })
  const deadline = AbortSignal.timeout(call.deadlineMs)
  try {
    const reply = await client.request({
      method: call.method,
      path: `${url.pathname}${url.search}`,
      headers: {
        'user-agent': 'Throughline',
        ...secrets,
        accept: 'application/json',
        'accept-encoding': 'identity',
        'idempotency-key': call.idempotencyKey,
        ...(call.body === null ? {} : { 'content-type': 'application/json' }),
      },
      body: call.body,
      signal: AbortSignal.any([signal, deadline]),
    })
    const { statusCode: status } = reply
    const isSuccess = status >= 200 && status < 300
    const read =
      isSuccess && !call.wantsReply ? { text: '', cut: false } : await readText(reply.body, isSuccess)
    const after = reply.headers['retry-after']
    return { kind: 'answered', status, ...read, retryAfter: typeof after === 'string' ? after : null }
  } catch (error) {
    const [failure] = notNoted
    if (failure !== undefined) throw failure.error
    if (signal.aborted) return { kind: 'aborted', sent }
    const [address] = blocked
    if (address !== undefined) {
      onBlocked(`A call over "${connection.name}" to ${url.host} was blocked: it leads to ${address}`)
      return { kind: 'blocked', message: `${url.host} leads to an address that is not called.` }
    }
    if (deadline.aborted) {
      const seconds = call.deadlineMs / 1000
      return { kind: 'lost', why: 'deadline', sent, message: `did not answer within ${seconds} s` }
    }
    const codes = [...codesIn(error)].join(', ')
    const message = `${sent ? 'ended the connection without an answer' : 'could not be reached'}${codes === '' ? '' : ` (${codes})`}`
    return { kind: 'lost', why: 'network', sent, message }
  } finally {
    await client.destroy()
  }
}

/** As much of a reply as we take. A refusal that breaks off is still a refusal. */
async function readText(body: Readable, mustEnd: boolean): Promise<{ text: string; cut: boolean }> {
  const chunks: Uint8Array[] = []
  let length = 0
  try {
    for await (const chunk of body) {
      if (!(chunk instanceof Uint8Array)) continue
      chunks.push(chunk)
      length += chunk.byteLength
      if (length > maxReplyBytes) break
    }
  } catch (error) {
    if (mustEnd) throw error
  }
  const bytes = Buffer.concat(chunks).subarray(0, maxReplyBytes)
  return { text: new TextDecoder().decode(bytes), cut: length > maxReplyBytes }
}
