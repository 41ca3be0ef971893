import { z } from 'zod'
import { StepId } from '../process-map.ts'
import { Instant, Person } from './common.ts'

/** Names that the sender of a request writes itself. */
const ownHeaders: ReadonlySet<string> = new Set([
  'accept',
  'accept-encoding',
  'connection',
  'content-encoding',
  'content-length',
  'content-type',
  'expect',
  'host',
  'idempotency-key',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])
const HeaderName = z
  .string()
  .max(60)
  .regex(/^[a-z][a-z0-9-]*$/, 'use small letters, digits and dashes, such as authorization')
  .refine(
    (name) => !ownHeaders.has(name) && !name.startsWith('proxy-'),
    'choose another: this one is set for you',
  )
const HeaderValue = z
  .string()
  .max(4_000)
  .regex(/^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$/, 'use printable ASCII, without spaces at the ends')

const BaseUrl = z
  .string()
  .max(300)
  .refine(
    (text) => baseUrlOf(text) !== null,
    'give an address such as https://api.example.com/v1, without user, query and #',
  )

/** How a connection is stored. A header without a value keeps the value it has; one that is left out is removed. */
export const ConnectionBody = z
  .strictObject({
    baseUrl: BaseUrl,
    /** The address lies in the firm's own network; only then may it be private, or http. */
    privateAddress: z.boolean(),
    headers: z.array(z.strictObject({ name: HeaderName, value: HeaderValue.nullable() })).max(10),
  })
  .meta({ id: 'ConnectionBody' })
export type ConnectionBody = z.infer<typeof ConnectionBody>

/** A connection as it is shown: the values of its headers never leave the server. */
export const Connection = z
  .strictObject({
    name: StepId,
    baseUrl: z.string(),
    privateAddress: z.boolean(),
    headers: z.array(z.string()),
    changedBy: Person,
    changedAt: Instant,
  })
  .meta({ id: 'Connection' })
export type Connection = z.infer<typeof Connection>

/** The address of a connection; null when the text is none. */
export function baseUrlOf(text: string): URL | null {
  if (!URL.canParse(text)) return null
  const url = new URL(text)
  const isPlain = url.username === '' && url.password === '' && url.search === '' && url.hash === ''
  const isHttp = url.protocol === 'https:' || url.protocol === 'http:'
  // A lone "?" or "#" leaves no trace in the parsed address.
  return isPlain && isHttp && !/[?#\s\\]/.test(text) ? url : null
}
