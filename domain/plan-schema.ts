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
  z.strictObject({
    ...Base,
    kind: z.literal('fork'),
    branches: z.array(z.strictObject({ to: z.string(), label: z.string() })),
    join: z.string(),
  }),
  z.strictObject({ ...Base, kind: z.literal('join'), waitsFor: z.enum(['all', 'any']) }),
  z.strictObject({
    ...Base,
    kind: z.literal('for-each'),
    list: z.string(),
    item: z.string(),
    each: z.string(),
    join: z.string(),
    maxItems: z.int(),
    maxParallel: z.int(),
    whenItemFails: z.enum(['collect', 'stop']),
    gather: z.array(z.strictObject({ from: z.string(), into: z.string() })),
    doneCount: z.string().nullable(),
    failedCount: z.string().nullable(),
  }),
  z.strictObject({
    ...Base,
    kind: z.literal('wait'),
    /** The message that is waited for; null for a wait until an instant, which the worker knows. */
    message: z.string().nullable(),
  }),
  z.strictObject({
    ...Base,
    kind: z.literal('call'),
    attempts: z.int(),
    firstPauseMs: z.number(),
    timeoutMs: z.number(),
    repeatable: z.boolean(),
  }),
  z.strictObject({
    ...Base,
    kind: z.literal('sub-process'),
    gives: z.array(z.strictObject({ from: z.string(), to: z.string() })),
    takes: z.array(z.strictObject({ from: z.string(), to: z.string() })),
    /** Key in the plan's `subs`. */
    sub: z.string(),
  }),
  z.strictObject({ ...Base, kind: z.literal('end'), outcome: z.string() }),
])
export type PlanStep = z.infer<typeof PlanStep>

const PlanHead = {
  mapId: z.string(),
  version: z.int(),
  /** sha256 of the canonical JSON of everything else. */
  hash: z.string(),
  start: z.string(),
  steps: z.record(z.string(), PlanStep),
  /** Types of the fields that conditions read; no other value enters a case's history. */
  vars: z.record(z.string(), z.enum(['string', 'double', 'bool'])),
  /** Step by step, what undoes it when a case is stopped; absent in plans that undo nothing. */
  undo: z.record(z.string(), z.string()).optional(),
}

/** Another map inside this one: its own plan, with the fields that a case needs to begin it. */
export const SubPlan = z.strictObject(PlanHead)
export type SubPlan = z.infer<typeof SubPlan>

/** The compiled control flow of one published map version, pinned in the input of every case. */
export const CasePlan = z.strictObject({
  ir: z.literal(1),
  semantics: z.int(),
  ...PlanHead,
  /** Plans of the maps inside this one, theirs included, by `<map id>@<version>`; absent when there are none. */
  subs: z.record(z.string(), SubPlan).optional(),
})
export type CasePlan = z.infer<typeof CasePlan>
