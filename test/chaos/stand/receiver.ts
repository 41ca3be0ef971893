import { z } from 'zod'

/** How the other system behaves until it is told otherwise. */
export const ReceiverMood = z.enum([
  'well',
  /** Answers well after two seconds. */
  'slow',
  'fails',
  /** 429 with Retry-After: 1; nothing is done. */
  'limits',
  /** 422: asking again does not help. */
  'refuses',
  /** Hears everything and never answers. */
  'hangs',
  /** Ends the connection in the middle of its answer. */
  'cuts',
  /** A 500 that repeats what it was sent, headers and all. */
  'repeats-request',
  'not-json',
  'floods',
])
export type ReceiverMood = z.infer<typeof ReceiverMood>

export const ReceiverOrder = z.strictObject({ mood: ReceiverMood })
export type ReceiverOrder = z.infer<typeof ReceiverOrder>
export const ReceiverNews = z.strictObject({ port: z.int() })
export type ReceiverNews = z.infer<typeof ReceiverNews>

/** One request that reached the other system, as its log holds it. */
export const ReceiverCall = z.strictObject({
  at: z.number(),
  /** The Idempotency-Key; empty when there was none. */
  key: z.string(),
  /** Method, path and a hash of the body: what is asked for. */
  asks: z.string(),
  /** Whether it carried the secret of its connection. */
  isTrusted: z.boolean(),
  /** Whether something was done for it: all but a 422 and a 429 mean that it may have been. */
  isDone: z.boolean(),
  /** With a success, be it cut off or of no use. */
  isAnswered: z.boolean(),
})
export type ReceiverCall = z.infer<typeof ReceiverCall>
