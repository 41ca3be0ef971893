import { z } from 'zod'
import { Field, FieldValues } from '../process-map.ts'
import { Id, Instant, Person } from './common.ts'

export const CaseStatus = z.enum(['queued', 'running', 'waiting', 'done', 'cancelled', 'stalled'])
export type CaseStatus = z.infer<typeof CaseStatus>

export const CaseSummary = z
  .strictObject({
    id: Id,
    pilotId: Id,
    number: z.int(),
    title: z.string(),
    status: CaseStatus,
    sample: z.boolean(),
    /** Where it is now, in business words: "Waiting for Sam to review the draft". */
    state: z.string(),
    stepId: z.string().nullable(),
    startedAt: Instant,
    endedAt: Instant.nullable(),
    outcome: z.string().nullable(),
    /** It stands still, wherever it is; what is open can be decided still. */
    paused: z.boolean(),
    /** The whole case goes on without AI. */
    byHand: z.boolean(),
    /** Since when the engine cannot move it; null while it can. */
    stuckSince: Instant.nullable(),
  })
  .meta({ id: 'CaseSummary' })
export type CaseSummary = z.infer<typeof CaseSummary>

const StoryIcon = z.enum([
  'received',
  'ai',
  'manual',
  'review',
  'decision',
  'call',
  'wait',
  'exception',
  'clock',
  'end',
])

/** One line of a case's story, in business words. */
export const StoryLine = z
  .strictObject({
    key: z.string(),
    at: Instant,
    icon: StoryIcon,
    title: z.string(),
    stepId: z.string().nullable(),
    /** "Step 3 of 9"; null for steps of an exception. */
    place: z.string().nullable(),
    who: z.string().nullable(),
    what: z.string(),
    quote: z.string().nullable(),
    late: z.string().nullable(),
    /** Exception the line belongs to; lines with the same value stand in one box. */
    exception: z.string().nullable(),
    aiMs: z.number().nullable(),
    peopleMs: z.number().nullable(),
    waitedMs: z.number().nullable(),
    documentId: Id.nullable(),
  })
  .meta({ id: 'StoryLine' })
export type StoryLine = z.infer<typeof StoryLine>

export const CaseDetail = z
  .strictObject({
    ...CaseSummary.shape,
    processId: Id,
    processName: z.string(),
    /** "Welcome pack, draft 2. With Sam since 16:05, due today 16:05." */
    detail: z.string(),
    taskId: Id.nullable(),
    dueAt: Instant.nullable(),
    mapVersion: z.int(),
    /** In whose clock its times are told: the one of its process. */
    zone: z.string(),
    startedBy: Person,
    /** Parts of the whole time since the start; they sum to it. */
    timeParts: z.array(
      z.strictObject({
        label: z.string(),
        kind: z.enum(['ai', 'people', 'waiting', 'exception']),
        ms: z.number(),
      }),
    ),
    story: z.array(StoryLine),
    /** Steps passed, in order, for the small map. */
    path: z.array(
      z.strictObject({ stepId: z.string(), visit: z.int(), state: z.enum(['done', 'here', 'abandoned']) }),
    ),
    facts: z.array(z.strictObject({ label: z.string(), value: z.string(), note: z.string().nullable() })),
    fields: z.array(Field),
    values: FieldValues,
    /** Steps that a person does for now, as paths. */
    byHandSteps: z.array(z.string()),
    /** What it waits for beside people. */
    waits: z.array(
      z.strictObject({
        stepId: z.string(),
        execId: z.string(),
        title: z.string(),
        since: Instant,
        until: Instant.nullable(),
        message: z.string().nullable(),
        /** What the message brings. */
        fields: z.array(Field),
      }),
    ),
    /** The engine has no record of it, so that it cannot go on. */
    isLost: z.boolean(),
    /** Every step that it is at now, with the reasons for which it may not fit there. */
    liveSteps: z.array(
      z.strictObject({
        stepId: z.string(),
        title: z.string(),
        codes: z.array(z.strictObject({ code: z.string(), name: z.string() })),
      }),
    ),
    can: z.strictObject({
      stop: z.boolean(),
      pause: z.boolean(),
      resume: z.boolean(),
      goByHand: z.boolean(),
      comeBack: z.boolean(),
      raiseException: z.boolean(),
      sendMessage: z.boolean(),
      beginAgain: z.boolean(),
    }),
  })
  .meta({ id: 'CaseDetail' })
export type CaseDetail = z.infer<typeof CaseDetail>

export const StartedCase = z
  .strictObject({ caseId: Id, number: z.int(), title: z.string() })
  .meta({ id: 'StartedCase' })
export type StartedCase = z.infer<typeof StartedCase>

export const CaseBatch = z
  .strictObject({
    id: Id,
    pilotId: Id,
    status: z.enum(['working', 'done']),
    total: z.int(),
    started: z.int(),
    refused: z.int(),
  })
  .meta({ id: 'CaseBatch' })
export type CaseBatch = z.infer<typeof CaseBatch>
