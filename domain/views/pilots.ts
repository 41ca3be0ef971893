import { z } from 'zod'
import { ProcessMap } from '../process-map.ts'
import { Figure, Id, Instant, Person } from './common.ts'
import { CommandBatch } from './control.ts'

export const PilotStatus = z.enum(['running', 'paused', 'ended'])

export const PilotSummary = z
  .strictObject({
    id: Id,
    processId: Id,
    processName: z.string(),
    owner: Person,
    sample: z.boolean(),
    status: PilotStatus,
    mapVersion: z.int(),
    startedAt: Instant,
    decideBy: Instant,
    day: z.int(),
    days: z.int(),
    running: z.int(),
    finished: z.int(),
    cancelled: z.int(),
  })
  .meta({ id: 'PilotSummary' })
export type PilotSummary = z.infer<typeof PilotSummary>

export const PilotDetail = z
  .strictObject({
    ...PilotSummary.shape,
    map: ProcessMap,
    undoSeconds: z.int(),
    /** Labelled colleagues of a sample pilot who work its gates; null where the pilot is no sample. */
    sampleColleagues: z.boolean().nullable(),
    baseline: z
      .strictObject({
        id: Id,
        version: z.int(),
        grade: z.enum(['A', 'B', 'C', 'D', 'E']),
        gradeWords: z.string(),
        cases: z.int(),
        sampleData: z.boolean(),
      })
      .nullable(),
    /** New cases, and those that were open then, go on without AI. */
    byHand: z.boolean(),
    /** Steps that a person does for now, as paths. */
    byHandSteps: z.array(z.string()),
    /** The newest command for many cases that is not done. */
    batch: CommandBatch.nullable(),
    /** Published versions of the map, newest first. */
    versions: z.array(z.int()),
    can: z.strictObject({
      change: z.boolean(),
      startCase: z.boolean(),
      command: z.boolean(),
      move: z.boolean(),
    }),
  })
  .meta({ id: 'PilotDetail' })
export type PilotDetail = z.infer<typeof PilotDetail>

const DraftOutcomes = z.strictObject({
  offered: z.int(),
  accepted: z.int(),
  edited: z.int(),
  sentBack: z.int(),
  rejected: z.int(),
  byHand: z.int(),
  /** Still with a reviewer. */
  pending: z.int(),
})

export const StepFigures = z
  .strictObject({
    stepId: z.string(),
    waiting: z.int(),
    entered: z.int(),
    finished: z.int(),
    repeated: z.int(),
    late: z.int(),
    atDesk: z.int(),
    /** Requests to another system that were answered as they should, and those that were not. */
    called: z.int(),
    callsFailed: z.int(),
    /** Entries of a list. */
    itemsFailed: z.int(),
    /** Visits that were taken back when a case was stopped. */
    undone: z.int(),
    /** Cases here that the engine cannot move. */
    stuck: z.int(),
    /** Completed minus enabled. */
    lead: Figure,
    wait: Figure,
    touch: Figure,
    machine: Figure,
    drafts: DraftOutcomes.nullable(),
    /** Medians of the lead by week, oldest first, for the small line. */
    weekly: z.array(z.strictObject({ week: z.string(), median: z.number().nullable(), n: z.int() })),
    /** How many cases took each link that leaves here, by target step; on `undo`, how many visits were undone. */
    taken: z.array(z.strictObject({ to: z.string(), on: z.enum(['path', 'sent-back', 'undo']), n: z.int() })),
  })
  .meta({ id: 'StepFigures' })
export type StepFigures = z.infer<typeof StepFigures>

/** Everything the canvas shows, from rollups alone. */
export const Canvas = z
  .strictObject({
    pilotId: Id,
    mapVersion: z.int(),
    asOf: Instant,
    started: z.int(),
    finished: z.int(),
    running: z.int(),
    cancelled: z.int(),
    /** Cases that the engine cannot move, wherever they are. */
    stuck: z.int(),
    throughput: Figure,
    cycleMedian: Figure,
    cycleP90: Figure,
    touch: Figure,
    reworkOrException: Figure,
    rework: Figure,
    exception: Figure,
    /** The step where most of the waiting happens, in words; null while unknown. */
    bottleneck: z.strictObject({ stepId: z.string(), sentence: z.string() }).nullable(),
    steps: z.array(StepFigures),
  })
  .meta({ id: 'Canvas' })
export type Canvas = z.infer<typeof Canvas>

export const Curve = z.array(z.strictObject({ ms: z.number(), share: z.number() }))

export const StepPanel = z
  .strictObject({
    stepId: z.string(),
    figures: StepFigures,
    /** Done within so much time: cumulative shares, pilot and by hand. */
    curve: z.strictObject({ pilot: Curve, baseline: Curve.nullable() }),
    waitingCases: z.array(
      z.strictObject({
        caseId: Id,
        title: z.string(),
        with: z.string(),
        why: z.string(),
        since: Instant,
        taskId: Id.nullable(),
      }),
    ),
    /** How many wait in all; the list above holds the longest waiting. */
    waitingTotal: z.int(),
  })
  .meta({ id: 'StepPanel' })
export type StepPanel = z.infer<typeof StepPanel>
