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

/** A `list` is text with one entry to a line. */
export const FieldType = z.enum(['text', 'long-text', 'number', 'yes-no', 'date', 'choice', 'list'])
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
    /^(ai-unavailable|ai-invalid|ai-declined|timed-out|sla-breached|call-failed|call-refused|call-unknown|expression|data|loop-limit|any|business:[a-z][a-z0-9-]{0,39})$/,
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

/** Opens a region that a join closes: every branch is walked at the same time. */
const ForkStep = z.strictObject({ ...StepBase, kind: z.literal('fork') })
/** Closes the region of a fork or of a for-each. With `any`, the first branch wins and the others are left. */
const JoinStep = z.strictObject({ ...StepBase, kind: z.literal('join'), waitsFor: z.enum(['all', 'any']) })

/** Opens a region that is walked once for every entry of a list, each with its own copy of what it writes. */
const ForEachStep = z.strictObject({
  ...StepBase,
  kind: z.literal('for-each'),
  /** A field of type `list`. */
  list: FieldName,
  /** The text field that holds one entry inside the region. */
  item: FieldName,
  maxItems: z.int().min(1).max(1_000),
  maxParallel: z.int().min(1).max(20),
  /** `collect` counts an entry that fails and goes on; `stop` leaves the region with the first failure. */
  whenItemFails: z.enum(['collect', 'stop']),
  /** After the region: what every entry wrote into `from`, one to a line, in the order of the list. */
  gather: z.array(z.strictObject({ from: FieldName, into: FieldName })).max(10),
  /** Number fields that hold how many entries were done, and how many failed. */
  doneCount: FieldName.nullable(),
  failedCount: FieldName.nullable(),
})

const WaitFor = z.discriminatedUnion('until', [
  z.strictObject({ until: z.literal('minutes'), minutes: z.number().positive().max(525_600) }),
  z.strictObject({ until: z.literal('working-minutes'), workingMinutes: z.number().positive().max(525_600) }),
  /** The beginning of the day in a date field, in the zone of the map's calendar. */
  z.strictObject({ until: z.literal('date'), field: FieldName }),
  /** A message with this name whose key equals the intake field `key`; without one in time, cause `timed-out`. */
  z.strictObject({
    until: z.literal('message'),
    message: StepId,
    key: FieldName,
    timeoutMinutes: z.number().positive().max(525_600),
  }),
])
const WaitStep = z.strictObject({
  ...StepBase,
  kind: z.literal('wait'),
  waitsFor: WaitFor,
  /** Fields that the message brings; empty for the other kinds of waiting. */
  outputs: z.array(FieldName).max(40),
})

/** One request to another system, over a connection that the owner has allowed. */
const CallStep = z.strictObject({
  ...StepBase,
  kind: z.literal('call'),
  /** Name of a connection of this process: its host, its secrets. */
  connection: StepId,
  method: z.enum(['GET', 'POST', 'PUT', 'PATCH', 'DELETE']),
  /** Below the connection's address; `{field}` stands for an input, encoded. */
  path: z
    .string()
    .max(500)
    .regex(/^\/([^\s?#]*)(\?[^\s#]*)?$/, 'begin with / and leave out spaces and #'),
  /** Inputs that are sent as JSON, lists as lists; none for a request without a body. */
  body: z.array(FieldName).max(40),
  /** Where in the JSON reply each output stands, for example `/order/id` (RFC 6901). Plain lists fill list fields. */
  reply: z.array(z.strictObject({ field: FieldName, pointer: z.string().max(200) })).max(40),
  outputs: z.array(FieldName).max(40),
  /** Whether the other system takes a repeated request with the same key as one. */
  repeatable: z.boolean(),
  retry: Retry,
  deadlineSeconds: z.number().min(1).max(300),
})

/** Another published map, walked inside the case. */
const SubProcessStep = z.strictObject({
  ...StepBase,
  kind: z.literal('sub-process'),
  processId: z.string().min(1).max(60),
  version: z.int().min(1),
  /** Fields of this map that become intake fields of the other. */
  gives: z.array(z.strictObject({ from: FieldName, to: FieldName })).max(40),
  /** Fields of the other map that come back. */
  takes: z.array(z.strictObject({ from: FieldName, to: FieldName })).max(40),
  outputs: z.array(FieldName).max(40),
})

export const Step = z
  .discriminatedUnion('kind', [
    AiStep,
    ManualStep,
    ReviewStep,
    DecisionStep,
    ForkStep,
    JoinStep,
    ForEachStep,
    WaitStep,
    CallStep,
    SubProcessStep,
    EndStep,
  ])
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
    /** The step that undoes this one when a case is stopped. No case comes there on its way. */
    z.strictObject({ on: z.literal('undo'), from: StepId, to: StepId }),
    /** A branch of a fork. */
    z.strictObject({ on: z.literal('branch'), from: StepId, to: StepId, label: Label }),
    /** Where the region of a for-each begins. */
    z.strictObject({ on: z.literal('each'), from: StepId, to: StepId }),
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
    /** How long what comes to the exception desk may take; `usualDeskSla` where a map does not say. */
    deskSla: Sla.optional(),
  })
  .meta({ id: 'ProcessMap' })
export type ProcessMap = z.infer<typeof ProcessMap>
