import { z } from 'zod'

/** How the model endpoint behaves until it is told otherwise. */
export const ModelMood = z.enum([
  'well',
  /** Answers well after five seconds. */
  'slow',
  'fails',
  /** 429 with Retry-After: 1. */
  'limits',
  'quota',
  'refuses-key',
  /** A 400 whose words repeat what was sent. */
  'repeats-question',
  'not-json',
  'html',
  'cuts',
  'hangs',
  'drips',
  'floods',
  'declines',
  'empty',
])
export type ModelMood = z.infer<typeof ModelMood>

export const ModelOrder = z.strictObject({ mood: ModelMood })
export type ModelOrder = z.infer<typeof ModelOrder>
export const ModelNews = z.strictObject({ port: z.int() })
export type ModelNews = z.infer<typeof ModelNews>

/** One call that reached the endpoint, as its log holds it. */
export const ModelCall = z.strictObject({
  at: z.number(),
  marker: z.string(),
  stepId: z.string(),
  /** The answer was text that no draft can be read from, so a second, mending call is right. */
  asksForMending: z.boolean(),
})
export type ModelCall = z.infer<typeof ModelCall>
