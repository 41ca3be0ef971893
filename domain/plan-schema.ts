import { z } from 'zod'

const Base = {
  title: z.string(),
  lane: z.string().nullable(),
  next: z.string().nullable(),
  inputs: z.array(z.string()),
  outputs: z.array(z.string()),
  maxVisits: z.int(),
  onError: z.array(z.strictObject({ cause: z.string(), to: z.string() })),
}

export const PlanStep = z.discriminatedUnion('kind', [
  z.strictObject({
    ...Base,
    kind: z.literal('ai'),
    attempts: z.int(),
    firstPauseMs: z.number(),
    timeoutMs: z.number(),
  }),
  z.strictObject({ ...Base, kind: z.literal('manual'), sla: z.boolean() }),
  z.strictObject({
    ...Base,
    kind: z.literal('review'),
    reviews: z.string(),
    sendBackTo: z.string(),
    need: z.int(),
    fourEyes: z.boolean(),
    reasons: z.array(z.string()),
    sla: z.boolean(),
  }),
  z.strictObject({
    ...Base,
    kind: z.literal('decision'),
    rules: z.array(z.strictObject({ when: z.string(), to: z.string(), label: z.string() })),
    otherwise: z.string(),
  }),
  z.strictObject({ ...Base, kind: z.literal('end'), outcome: z.string() }),
])
export type PlanStep = z.infer<typeof PlanStep>

/** The compiled control flow of one published map version, pinned in the input of every case. */
export const CasePlan = z.strictObject({
  ir: z.literal(1),
  semantics: z.int(),
  mapId: z.string(),
  version: z.int(),
  /** sha256 of the canonical JSON of everything else. */
  hash: z.string(),
  start: z.string(),
  steps: z.record(z.string(), PlanStep),
  /** Types of the fields that conditions read; no other value enters a case's history. */
  vars: z.record(z.string(), z.enum(['string', 'double', 'bool'])),
})
export type CasePlan = z.infer<typeof CasePlan>
