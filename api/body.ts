import type { RouteShape } from '#domain/contract.ts'
import type { Problem } from '#domain/problems.ts'
import { readJson } from './read-json.ts'

export type ReadBody =
  | { ok: true; json: unknown; file: Uint8Array<ArrayBuffer> }
  | { ok: false; problem: Problem; status?: number }

const none: Uint8Array<ArrayBuffer> = new Uint8Array(0)
/** A sender that keeps on sending is heard out this far, so that it gets to read the refusal. */
const patienceBytes = 64_000_000

const csvTypes: ReadonlySet<string> = new Set([
  'text/csv',
  'application/gzip',
  'application/x-gzip',
  'application/octet-stream',
])

/** Reads a body as the route says: its type first, then at most its limit in bytes, then its syntax. */
export async function readBody(request: Request, route: RouteShape): Promise<ReadBody> {
  if (request.method === 'GET' || request.method === 'HEAD') return { ok: true, json: {}, file: none }
  const type = contentType(request)
  if (route.bodyType === 'csv') {
    if (type === null || !csvTypes.has(type.name)) return wrongType('text/csv or application/gzip')
    const file = await readBytes(request, route.bodyLimit)
    return file === null ? tooLarge(route.bodyLimit) : { ok: true, json: {}, file }
  }
  if (type === null || route.bodyType === 'none') {
    const bytes = await readBytes(request, 0)
    if (bytes !== null) return { ok: true, json: {}, file: none }
    return wrongType(route.bodyType === 'none' ? 'a request without a body' : 'application/json')
  }
  if (type.name !== 'application/json' || (type.charset !== null && type.charset !== 'utf-8')) {
    return wrongType('application/json')
  }
  const bytes = await readBytes(request, route.bodyLimit)
  if (bytes === null) return tooLarge(route.bodyLimit)
  if (bytes.byteLength === 0) return { ok: true, json: {}, file: none }
  return parsed(bytes)
}

function parsed(bytes: Uint8Array): ReadBody {
  const text = decoded(bytes)
  const read =
    text === null
      ? ({
          ok: false,
          problem: { field: 'body', message: 'is not UTF-8', mend: 'send text encoded as UTF-8' },
        } as const)
      : readJson(text)
  if (read.ok) return { ok: true, json: read.value, file: none }
  return { ok: false, problem: { code: 'InvalidInput', errors: [read.problem] }, status: 400 }
}

function decoded(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return null
  }
}

function contentType(request: Request): { name: string; charset: string | null } | null {
  const header = request.headers.get('content-type')
  const encoding = request.headers.get('content-encoding')
  if (encoding !== null && encoding !== 'identity') return { name: `encoded as ${encoding}`, charset: null }
  if (header === null || header.trim() === '') return null
  const [name = '', ...parameters] = header.split(';').map((part) => part.trim().toLowerCase())
  const charset = parameters.find((part) => part.startsWith('charset='))
  return { name, charset: charset?.slice('charset='.length).replaceAll('"', '') ?? null }
}

/** The whole body, or null when it is longer than the limit. */
async function readBytes(request: Request, limit: number): Promise<Uint8Array<ArrayBuffer> | null> {
  if (request.body === null) return none
  const chunks: Uint8Array[] = []
  let length = 0
  const reader = request.body.getReader()
  for (;;) {
    const { done, value } = await reader.read()
    if (done) break
    length += value.byteLength
    if (length <= limit) chunks.push(value)
    if (length > limit + patienceBytes) {
      await reader.cancel()
      return null
    }
  }
  if (length > limit) return null
  const whole = new Uint8Array(length)
  let at = 0
  for (const chunk of chunks) {
    whole.set(chunk, at)
    at += chunk.byteLength
  }
  return whole
}

function wrongType(expected: string): ReadBody {
  return { ok: false, problem: { code: 'WrongContentType', expected } }
}

function tooLarge(limitBytes: number): ReadBody {
  return { ok: false, problem: { code: 'BodyTooLarge', limitBytes } }
}
