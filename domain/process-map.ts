import { z } from 'zod'
import { WorkingCalendar } from './measure/working-calendar.ts'

/** Ids are short slugs: they stand in activity ids, URLs and the plan. */
export const StepId = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,39}$/, 'use 1 to 40 small letters, digits and dashes, starting with a letter')
export type StepId = z.infer<typeof StepId>

/** Field names are identifiers, so that a condition can name them. */
export const FieldName = z
  .string()
  .regex(/^[a-z][A-Za-z0-9]{0,39}$/, 'use 1 to 40 letters and digits, starting with a small letter')
export type FieldName = z.infer<typeof FieldName>

const Label = z.string().min(1).max(120)
const Prose = z.string().max(4_000)

export const FieldType = z.enum(['text', 'long-text', 'number', 'yes-no', 'date', 'choice'])
export type FieldType = z.infer<typeof FieldType>

const Sensitivity = z.enum(['public', 'internal', 'personal', 'sensitive'])

/** One piece of information that a case carries. Steps read fields and write fields by name. */
export const Field = z
  .strictObject({
    name: FieldName,
    label: Label,
    type: FieldType,
    /** Only for `choice`; empty otherwise. */
    choices: z.array(Label).max(40),
    hint: z.string().max(300),
    sensitivity: Sensitivity,
  })
  .meta({ id: 'Field' })
export type Field = z.infer<typeof Field>

/** What a field holds in one case; null means known to be absent. */
export const FieldValue = z.union([z.string().max(200_000), z.number(), z.boolean(), z.null()])
export type FieldValue = z.infer<typeof FieldValue>

export const FieldValues = z.record(FieldName, FieldValue).meta({ id: 'FieldValues' })
export type FieldValues = z.infer<typeof FieldValues>

export const Guidance = z.strictObject({
  lines: z.array(z.string().min(1).max(300)).max(7),
  goodExample: z.string().max(4_000).nullable(),
  /** A prompt a person can copy into their own assistant when doing it by hand. */
  promptToCopy: z.string().max(4_000).nullable(),
})
export type Guidance = z.infer<typeof Guidance>

/** Due after so many working minutes of the map's calendar; each tier then asks one person more. */
export const Sla = z.strictObject({
  workingMinutes: z.number().positive().max(525_600),
  escalations: z
    .array(
      z.strictObject({
        afterWorkingMinutes: z.number().positive().max(525_600),
        to: z.enum(['owner', 'deputy']),
      }),
    )
    .max(5),
})
export type Sla = z.infer<typeof Sla>

export const Retry = z.strictObject({
  attempts: z.int().min(1).max(5),
  firstPauseSeconds: z.number().min(0).max(60),
})
export type Retry = z.infer<typeof Retry>

export const Example = z.strictObject({
  input: FieldValues,
  output: FieldValues,
  /** Where it came from: written by the owner, or a reviewer's correction of a draft. */
  from: z.enum(['owner', 'correction']),
})
export type Example = z.infer<typeof Example>

/** Why a step can leave the normal path; `business:<code>` is raised by a person. */
const ExceptionCause = z
  .string()
  .regex(
    /^(ai-unavailable|ai-invalid|ai-declined|timed-out|sla-breached|expression|data|loop-limit|any|business:[a-z][a-z0-9-]{0,39})$/,
    'use a known cause or business:<code>',
  )

const StepBase = {
  id: StepId,
  title: Label,
  /** The exception this step belongs to; null on the normal path. */
  lane: StepId.nullable(),
  /** A role in the firm's own words, for example "Onboarding team". */
  who: z.string().max(120),
  inputs: z.array(FieldName).max(40),
  systems: z.array(Label).max(10),
  guidance: Guidance,
  /** How often a case may pass here before it counts as a loop. */
  maxVisits: z.int().min(1).max(50),
}

const AiStep = z.strictObject({
  ...StepBase,
  kind: z.literal('ai'),
  outputs: z.array(FieldName).min(1).max(40),
  instruction: z.string().min(1).max(8_000),
  examples: z.array(Example).max(12),
  retry: Retry,
  deadlineSeconds: z.number().min(1).max(300),
})
const ManualStep = z.strictObject({
  ...StepBase,
  kind: z.literal('manual'),
  outputs: z.array(FieldName).max(40),
  sla: Sla.nullable(),
})
const ReviewStep = z.strictObject({
  ...StepBase,
  kind: z.literal('review'),
  /** The step whose outputs are read here. */
  reviews: StepId,
  /** How many different people must approve. */
  need: z.int().min(1).max(5),
  /** Whoever had a hand in the draft may not approve it. */
  fourEyes: z.boolean(),
  sendBackReasons: z.array(Label).min(1).max(9),
  sla: Sla.nullable(),
})
const DecisionStep = z.strictObject({ ...StepBase, kind: z.literal('decision') })
const EndStep = z.strictObject({ ...StepBase, kind: z.literal('end'), outcome: Label })

export const Step = z
  .discriminatedUnion('kind', [AiStep, ManualStep, ReviewStep, DecisionStep, EndStep])
  .meta({ id: 'Step' })
export type Step = z.infer<typeof Step>
export type StepKind = Step['kind']
export type StepOf<Kind extends StepKind> = Extract<Step, { kind: Kind }>

/** One registry per folder that has a decision to make about kinds. */
export type StepHandlers<Result> = { [Kind in StepKind]: (step: StepOf<Kind>) => Result }

export const Link = z
  .discriminatedUnion('on', [
    z.strictObject({ on: z.literal('next'), from: StepId, to: StepId }),
    /** Read in the order of the list; the first condition that holds wins. */
    z.strictObject({
      on: z.literal('when'),
      from: StepId,
      to: StepId,
      condition: z.string().min(1).max(500),
      label: Label,
    }),
    z.strictObject({ on: z.literal('otherwise'), from: StepId, to: StepId, label: Label }),
    z.strictObject({ on: z.literal('exception'), from: StepId, to: StepId, cause: ExceptionCause }),
    /** Where a reviewer's send-back leads when it is not the drafted step itself. */
    z.strictObject({ on: z.literal('send-back'), from: StepId, to: StepId }),
  ])
  .meta({ id: 'Link' })
export type Link = z.infer<typeof Link>

const ExceptionLane = z.strictObject({ id: StepId, name: Label, why: Prose })

const maxSteps = 500

/** How one process really runs: the only declaration of a map. */
export const ProcessMap = z
  .strictObject({
    schema: z.literal(1),
    name: Label,
    /** What one case is called: "client", "invoice". */
    unit: z.string().min(1).max(40),
    purpose: Prose,
    fields: z.array(Field).max(200),
    /** Asked for when a case starts. */
    intake: z
      .array(z.strictObject({ field: FieldName, required: z.boolean() }))
      .min(1)
      .max(40),
    /** The intake field that names the case in lists. */
    titleField: FieldName,
    exceptions: z.array(ExceptionLane).max(20),
    start: StepId,
    steps: z.array(Step).min(1).max(maxSteps),
    links: z.array(Link).max(2_000),
    calendar: WorkingCalendar,
  })
  .meta({ id: 'ProcessMap' })
export type ProcessMap = z.infer<typeof ProcessMap>
