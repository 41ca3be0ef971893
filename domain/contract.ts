import { z } from 'zod'
import type { Permission } from './can.ts'
import { ColumnMapping } from './measure/event-log.ts'
import { WorkingCalendar } from './measure/working-calendar.ts'
import type { ProblemCode } from './problems.ts'
import { FieldValues, ProcessMap } from './process-map.ts'
import { Baseline, BaselineImport, Upload, UploadCheck } from './views/baselines.ts'
import { CaseBatch, CaseDetail, CaseSummary, StartedCase } from './views/cases.ts'
import { Id, pageOf } from './views/common.ts'
import { Connection, ConnectionBody } from './views/connections.ts'
import {
  CaseCommandBody,
  CaseCommandReply,
  CaseMessageBody,
  CommandBatch,
  MessageReply,
  MoveCheck,
  PilotCommandBody,
  PilotMessageBody,
  StepNames,
} from './views/control.ts'
import { Canvas, PilotDetail, PilotSummary, StepPanel } from './views/pilots.ts'
import { MapVersion, ProcessDetail, ProcessSummary } from './views/processes.ts'
import { Health, Home, Me } from './views/session.ts'
import { DecisionBody, DecisionReply, Inbox, InboxView, TaskDetail, UndoReply } from './views/tasks.ts'

/**
 * Every route of the HTTP API, declared once: the server, the OpenAPI document and the web client all derive
 * from this table. A route names who may call it (`permission`) and whose object it touches (`of`).
 */
export type RouteShape = {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  path: `/api/${string}`
  summary: string
  permission: Permission
  /** The path parameter that names the object whose process decides about access. */
  of:
    | 'none'
    | 'process'
    | 'pilot'
    | 'case'
    | 'task'
    | 'decision'
    | 'upload'
    | 'import'
    | 'baseline'
    | 'batch'
    | 'commandBatch'
    | 'draft'
  query: z.ZodType
  body: z.ZodType
  /** What the body is sent as; `none` for routes without a body. */
  bodyType: 'none' | 'json' | 'csv'
  bodyLimit: number
  idempotencyKey: 'required' | 'optional' | 'none'
  status: 200 | 201 | 202
  reply: z.ZodType
  problems: readonly ProblemCode[]
}

const none = z.strictObject({})
const jsonLimit = 1_000_000
const fileLimit = 50_000_000
const mapLimit = 2_000_000
const get = {
  method: 'GET',
  query: none,
  body: none,
  bodyType: 'none',
  bodyLimit: 0,
  idempotencyKey: 'none',
  status: 200,
} as const
const post = {
  method: 'POST',
  query: none,
  bodyType: 'json',
  bodyLimit: jsonLimit,
  idempotencyKey: 'optional',
  status: 200,
} as const

const Flag = z.enum(['true', 'false'])
const Cursor = z.string().max(200).optional()
const Limit = z
  .string()
  .regex(/^([1-9]|[1-9]\d|100)$/, 'give a number from 1 to 100')
  .optional()

export const contract = {
  health: {
    ...get,
    path: '/api/health',
    summary: 'Whether each part works',
    permission: 'see-health',
    of: 'none',
    reply: Health,
    problems: [],
  },
  openapi: {
    ...get,
    path: '/api/openapi.json',
    summary: 'This description',
    permission: 'see-health',
    of: 'none',
    reply: z.looseObject({ openapi: z.string() }),
    problems: [],
  },
  me: {
    ...get,
    path: '/api/me',
    summary: 'Who is signed in, and as whom one can',
    permission: 'see-health',
    of: 'none',
    reply: Me,
    problems: [],
  },
  signIn: {
    ...post,
    path: '/api/session',
    summary: 'Act as a demo persona (loopback only)',
    permission: 'sign-in',
    of: 'none',
    body: z.strictObject({ persona: z.string().max(40) }),
    reply: Me,
    problems: ['DemoOnly', 'NotFound'],
  },
  signOut: {
    ...post,
    method: 'DELETE',
    path: '/api/session',
    summary: 'Stop acting as a persona',
    permission: 'sign-in',
    of: 'none',
    body: none,
    bodyType: 'none',
    reply: Me,
    problems: [],
  },
  home: {
    ...get,
    path: '/api/home',
    summary: 'What needs me',
    permission: 'see-own',
    of: 'none',
    reply: Home,
    problems: [],
  },

  processes: {
    ...get,
    path: '/api/processes',
    summary: 'Processes I may see',
    permission: 'see-own',
    of: 'none',
    reply: z.array(ProcessSummary),
    problems: [],
  },
  createProcess: {
    ...post,
    path: '/api/processes',
    summary: 'Begin a process, with me as its owner',
    permission: 'create-process',
    of: 'none',
    status: 201,
    body: z.strictObject({ name: z.string().min(1).max(120) }),
    reply: ProcessDetail,
    problems: [],
  },
  process: {
    ...get,
    path: '/api/processes/{processId}',
    summary: 'A process with its draft map and versions',
    permission: 'see-process',
    of: 'process',
    reply: ProcessDetail,
    problems: [],
  },
  putMap: {
    ...post,
    method: 'PUT',
    path: '/api/processes/{processId}/map',
    summary: 'Store the draft map; faults are listed, not refused',
    permission: 'change-map',
    of: 'process',
    bodyLimit: mapLimit,
    body: z.strictObject({ revision: z.int().min(0), map: ProcessMap }),
    reply: ProcessDetail,
    problems: ['MapChanged'],
  },
  publishMap: {
    ...post,
    path: '/api/processes/{processId}/versions',
    summary: 'Publish the draft as the next version, for new cases only',
    permission: 'publish-map',
    of: 'process',
    status: 201,
    body: z.strictObject({ revision: z.int().min(0) }),
    reply: MapVersion,
    problems: ['MapChanged', 'MapNotRunnable'],
  },
  mapVersion: {
    ...get,
    path: '/api/processes/{processId}/versions/{version}',
    summary: 'A published map',
    permission: 'see-process',
    of: 'process',
    reply: MapVersion,
    problems: [],
  },

  connections: {
    ...get,
    path: '/api/processes/{processId}/connections',
    summary: 'Other systems that calls of this process may ask; secrets are never given back',
    permission: 'manage-connections',
    of: 'process',
    reply: z.array(Connection),
    problems: [],
  },
  putConnection: {
    ...post,
    method: 'PUT',
    path: '/api/processes/{processId}/connections/{connection}',
    summary:
      'Store a connection; a header without a value keeps its secret as long as the host stays the same',
    permission: 'manage-connections',
    of: 'process',
    // Sending it again changes nothing, and no hash of a secret is kept.
    idempotencyKey: 'none',
    body: ConnectionBody,
    reply: z.array(Connection),
    problems: ['NoMasterKey'],
  },
  deleteConnection: {
    ...post,
    method: 'DELETE',
    path: '/api/processes/{processId}/connections/{connection}',
    summary: 'Remove a connection and its secrets, unless a version that runs calls it',
    permission: 'manage-connections',
    of: 'process',
    idempotencyKey: 'none',
    body: none,
    bodyType: 'none',
    reply: z.strictObject({ deleted: z.boolean() }),
    problems: ['InUse'],
  },

  uploadLog: {
    ...post,
    path: '/api/processes/{processId}/uploads',
    summary: 'Send an event log (CSV, gzipped too) for a look before it becomes a baseline',
    permission: 'import-baseline',
    of: 'process',
    status: 201,
    query: z.strictObject({ fileName: z.string().min(1).max(200) }),
    body: none,
    bodyType: 'csv',
    bodyLimit: fileLimit,
    reply: Upload,
    problems: ['FileUnreadable'],
  },
  upload: {
    ...get,
    path: '/api/uploads/{uploadId}',
    summary: 'An uploaded log with our guess at its columns',
    permission: 'import-baseline',
    of: 'upload',
    reply: Upload,
    problems: [],
  },
  checkUpload: {
    ...post,
    path: '/api/uploads/{uploadId}/check',
    summary: 'What these columns would give: rows rejected, step names found',
    permission: 'import-baseline',
    of: 'upload',
    body: z.strictObject({ mapping: ColumnMapping }),
    reply: UploadCheck,
    problems: ['FileUnreadable'],
  },
  importBaseline: {
    ...post,
    path: '/api/uploads/{uploadId}/import',
    summary: 'Make a baseline of it; rejected rows stop this unless they are skipped',
    permission: 'import-baseline',
    of: 'upload',
    status: 202,
    body: z.strictObject({
      mapping: ColumnMapping,
      stepNames: z.record(z.string().max(300), z.string().max(40).nullable()),
      calendar: WorkingCalendar.nullable(),
      skipRejected: z.boolean(),
      sampleData: z.boolean(),
    }),
    reply: BaselineImport,
    problems: ['RowsRejected', 'FileUnreadable'],
  },
  baselineImport: {
    ...get,
    path: '/api/imports/{importId}',
    summary: 'How far an import is',
    permission: 'import-baseline',
    of: 'import',
    reply: BaselineImport,
    problems: [],
  },
  baselines: {
    ...get,
    path: '/api/processes/{processId}/baselines',
    summary: 'Baselines of a process, newest first',
    permission: 'see-process',
    of: 'process',
    reply: z.array(Baseline),
    problems: [],
  },
  baseline: {
    ...get,
    path: '/api/baselines/{baselineId}',
    summary: 'A baseline with its figures and grade of evidence',
    permission: 'see-process',
    of: 'baseline',
    reply: Baseline,
    problems: [],
  },

  pilots: {
    ...get,
    path: '/api/pilots',
    summary: 'Pilots I may see',
    permission: 'see-own',
    of: 'none',
    reply: z.array(PilotSummary),
    problems: [],
  },
  startPilot: {
    ...post,
    path: '/api/processes/{processId}/pilots',
    summary: 'Run a published version as a pilot',
    permission: 'change-pilot',
    of: 'process',
    status: 201,
    body: z.strictObject({
      version: z.int().min(1),
      baselineId: Id.nullable(),
      days: z.int().min(1).max(90),
      undoSeconds: z.int().min(0).max(60),
    }),
    reply: PilotDetail,
    problems: ['InUse', 'BaselineNotReady'],
  },
  pilot: {
    ...get,
    path: '/api/pilots/{pilotId}',
    summary: 'A pilot with its map',
    permission: 'see-process',
    of: 'pilot',
    reply: PilotDetail,
    problems: [],
  },
  changePilot: {
    ...post,
    method: 'PATCH',
    path: '/api/pilots/{pilotId}',
    summary: 'Set the undo window, the baseline, or the sample colleagues',
    permission: 'change-pilot',
    of: 'pilot',
    body: z.strictObject({
      undoSeconds: z.int().min(0).max(60).optional(),
      baselineId: Id.optional(),
      sampleColleagues: z.boolean().optional(),
    }),
    reply: PilotDetail,
    problems: ['InUse', 'BaselineNotReady'],
  },
  canvas: {
    ...get,
    path: '/api/pilots/{pilotId}/canvas',
    summary: 'Every figure of the canvas beside its baseline',
    permission: 'see-process',
    of: 'pilot',
    reply: Canvas,
    problems: [],
  },
  stepPanel: {
    ...get,
    path: '/api/pilots/{pilotId}/steps/{stepId}',
    summary: 'One step: figures, curve and who waits there',
    permission: 'see-process',
    of: 'pilot',
    reply: StepPanel,
    problems: [],
  },

  cases: {
    ...get,
    path: '/api/pilots/{pilotId}/cases',
    summary: 'Cases of a pilot, newest first',
    permission: 'see-case',
    of: 'pilot',
    query: z.strictObject({
      status: z.enum(['open', 'stuck', 'ended', 'all']).optional(),
      stepId: z.string().max(40).optional(),
      search: z.string().max(100).optional(),
      cursor: Cursor,
      limit: Limit,
    }),
    reply: pageOf(CaseSummary),
    problems: [],
  },
  startCase: {
    ...post,
    path: '/api/pilots/{pilotId}/cases',
    summary: 'Start one case',
    permission: 'start-case',
    of: 'pilot',
    status: 202,
    idempotencyKey: 'required',
    body: z.strictObject({ values: FieldValues }),
    reply: StartedCase,
    problems: ['ValuesInvalid', 'PilotNotRunning'],
  },
  startCases: {
    ...post,
    path: '/api/pilots/{pilotId}/case-batches',
    summary: 'Start a case for every row of a CSV file whose header holds field names or labels',
    permission: 'start-case',
    of: 'pilot',
    status: 202,
    query: z.strictObject({ skipFaulty: Flag.optional() }),
    body: none,
    bodyType: 'csv',
    bodyLimit: 10_000_000,
    reply: CaseBatch,
    problems: ['RowsRejected', 'FileUnreadable', 'PilotNotRunning'],
  },
  startSampleCases: {
    ...post,
    path: '/api/pilots/{pilotId}/sample-cases',
    summary: 'Start cases from the sample intake texts',
    permission: 'start-case',
    of: 'pilot',
    status: 202,
    body: z.strictObject({ count: z.int().min(1).max(100) }),
    reply: CaseBatch,
    problems: ['DemoOnly', 'PilotNotRunning'],
  },
  caseBatch: {
    ...get,
    path: '/api/batches/{batchId}',
    summary: 'How far a batch of starts is',
    permission: 'start-case',
    of: 'batch',
    reply: CaseBatch,
    problems: [],
  },
  case: {
    ...get,
    path: '/api/cases/{caseId}',
    summary: 'A case and its story',
    permission: 'see-case',
    of: 'case',
    reply: CaseDetail,
    problems: [],
  },
  stopCase: {
    ...post,
    path: '/api/cases/{caseId}/stop',
    summary: 'Stop a case; unless told otherwise, what it did is undone first where a step says how',
    permission: 'stop-case',
    of: 'case',
    status: 202,
    body: z.strictObject({ reason: z.string().min(1).max(500), compensate: z.boolean().optional() }),
    reply: CaseSummary,
    problems: ['CaseClosing', 'EngineUnavailable'],
  },
  beginCaseAgain: {
    ...post,
    path: '/api/cases/{caseId}/begin-again',
    summary:
      'Begin a case anew that the engine has lost: a new case with the same intake, named by the old one',
    permission: 'stop-case',
    of: 'case',
    status: 202,
    body: z.strictObject({}),
    reply: StartedCase,
    problems: ['CaseNotLost', 'CaseClosing', 'ValuesInvalid', 'PilotNotRunning'],
  },
  commandCase: {
    ...post,
    path: '/api/cases/{caseId}/commands',
    summary: 'Pause or resume a case, let it go on by hand or with AI again, or say that it does not fit',
    permission: 'command-case',
    of: 'case',
    status: 202,
    body: CaseCommandBody,
    reply: CaseCommandReply,
    problems: ['CaseClosing', 'StepNotLive', 'EngineUnavailable'],
  },
  messageCase: {
    ...post,
    path: '/api/cases/{caseId}/messages',
    summary: 'Bring a message to a case; it is stored before it is answered',
    permission: 'send-message',
    of: 'case',
    status: 202,
    idempotencyKey: 'none',
    body: CaseMessageBody,
    reply: MessageReply,
    problems: [
      'CaseClosing',
      'UnknownMessage',
      'MessageRepeated',
      'MessageTooLate',
      'MessageIdReused',
      'ValuesInvalid',
    ],
  },
  commandPilot: {
    ...post,
    path: '/api/pilots/{pilotId}/commands',
    summary: 'Pause or resume a pilot, let it or a step of it go on by hand or with AI again, or try anew',
    permission: 'command-pilot',
    of: 'pilot',
    status: 202,
    body: PilotCommandBody,
    reply: CommandBatch,
    problems: ['PilotNotRunning'],
  },
  commandBatch: {
    ...get,
    path: '/api/command-batches/{commandBatchId}',
    summary: 'How far a command for many cases is',
    permission: 'see-process',
    of: 'commandBatch',
    reply: CommandBatch,
    problems: [],
  },
  messagePilot: {
    ...post,
    path: '/api/pilots/{pilotId}/messages',
    summary: 'Bring a message to the case whose key it names; it is stored before it is answered',
    permission: 'send-message',
    of: 'pilot',
    status: 202,
    idempotencyKey: 'none',
    body: PilotMessageBody,
    reply: MessageReply,
    problems: [
      'KeyUnknown',
      'KeyAmbiguous',
      'CaseClosing',
      'UnknownMessage',
      'MessageRepeated',
      'MessageTooLate',
      'MessageIdReused',
      'ValuesInvalid',
    ],
  },
  moves: {
    ...get,
    path: '/api/pilots/{pilotId}/moves',
    summary: 'Which open cases could go on in another version, and why the others could not; changes nothing',
    permission: 'move-cases',
    of: 'pilot',
    query: z.strictObject({
      /** The newest published one, unless it is named. */
      toVersion: z
        .string()
        .regex(/^[1-9]\d{0,5}$/, 'give the number of a published version')
        .optional(),
      /** Steps that are called otherwise there: `old:new`, by commas. */
      steps: z
        .string()
        .max(8_000)
        .regex(/^([a-z][a-z0-9-]{0,39}:[a-z][a-z0-9-]{0,39}(,|$))+$/, 'give old:new, by commas')
        .optional(),
      cursor: Cursor,
    }),
    reply: MoveCheck,
    problems: ['EngineUnavailable'],
  },
  moveCases: {
    ...post,
    path: '/api/pilots/{pilotId}/moves',
    summary: 'Let open cases go on in another version, each at its next safe point',
    permission: 'move-cases',
    of: 'pilot',
    status: 202,
    body: z.strictObject({
      toVersion: z.int().min(1).max(1_000_000),
      stepIds: StepNames,
      /** Whether new cases begin in that version too. */
      newCases: z.boolean(),
      reason: z.string().min(1).max(500),
    }),
    reply: CommandBatch,
    problems: ['PilotNotRunning'],
  },

  inbox: {
    ...get,
    path: '/api/tasks',
    summary: 'Tasks waiting for people, soonest due first',
    permission: 'see-own',
    of: 'none',
    query: z.strictObject({
      view: InboxView.optional(),
      processId: Id.optional(),
      kind: z.enum(['review', 'manual', 'by-hand', 'exception']).optional(),
      search: z.string().max(100).optional(),
      cursor: Cursor,
      limit: Limit,
    }),
    reply: Inbox,
    problems: [],
  },
  task: {
    ...get,
    path: '/api/tasks/{taskId}',
    summary: 'A task with source, draft and guidance',
    permission: 'see-task',
    of: 'task',
    reply: TaskDetail,
    problems: [],
  },
  readTask: {
    ...post,
    path: '/api/tasks/{taskId}/reading',
    summary: 'Tell others that I am reading this; advice for five minutes, never a lock',
    permission: 'see-task',
    of: 'task',
    body: none,
    reply: z.strictObject({ until: z.iso.datetime() }),
    problems: [],
  },
  decide: {
    ...post,
    path: '/api/tasks/{taskId}/decisions',
    summary: 'Decide a task',
    permission: 'decide-task',
    of: 'task',
    body: DecisionBody,
    idempotencyKey: 'none',
    reply: DecisionReply,
    problems: [
      'TaskNotFound',
      'TaskAlreadyDecided',
      'TaskStale',
      'ActionNotAllowed',
      'SelfApproval',
      'AlreadyVoted',
      'ReasonRequired',
      'EditTooLarge',
      'ValuesInvalid',
      'DecisionIdReused',
      'CaseClosing',
      'CaseLost',
      'EngineUnavailable',
    ],
  },
  decision: {
    ...get,
    path: '/api/decisions/{decisionId}',
    summary: 'What became of a decision',
    permission: 'see-task',
    of: 'decision',
    reply: DecisionReply,
    problems: [],
  },
  undo: {
    ...post,
    path: '/api/decisions/{decisionId}/undo',
    summary: 'Take a decision back while its window is open',
    permission: 'see-task',
    of: 'decision',
    body: none,
    reply: UndoReply,
    problems: ['UndoClosed', 'CaseClosing', 'EngineUnavailable'],
  },
  addExample: {
    ...post,
    path: '/api/decisions/{decisionId}/example',
    summary: 'Make a corrected draft an example of its step, from the next published version on',
    permission: 'give-example',
    of: 'decision',
    status: 201,
    body: none,
    reply: ProcessDetail,
    problems: ['InUse'],
  },

  makeSample: {
    ...post,
    path: '/api/samples/{sampleKey}',
    summary: 'Make a sample process with its baseline and pilot, or make it again',
    permission: 'see-own',
    of: 'none',
    status: 201,
    body: none,
    reply: PilotSummary,
    problems: ['DemoOnly', 'InUse'],
  },
  deleteSample: {
    ...post,
    method: 'DELETE',
    path: '/api/samples/{sampleKey}',
    summary: 'Delete a sample process and everything in it',
    permission: 'see-own',
    of: 'none',
    body: none,
    bodyType: 'none',
    reply: z.strictObject({ deleted: z.boolean() }),
    problems: ['DemoOnly', 'InUse'],
  },
} as const satisfies Record<string, RouteShape>

export type Contract = typeof contract
export type RouteName = keyof Contract

type ParamNames<Path extends string> = Path extends `${string}{${infer Name}}${infer Rest}`
  ? Name | ParamNames<Rest>
  : never
export type ParamsOf<Name extends RouteName> = { [Key in ParamNames<Contract[Name]['path']>]: string }
export type QueryOf<Name extends RouteName> = z.infer<Contract[Name]['query']>
export type BodyOf<Name extends RouteName> = z.infer<Contract[Name]['body']>
export type ReplyOf<Name extends RouteName> = z.infer<Contract[Name]['reply']>

/**
 * Live changes: `GET /api/events?pilot=<id>` (server-sent events, resumed by Last-Event-ID). Each says what
 * changed and never how; the reader asks again for what it shows.
 */
export const StreamEvent = z.strictObject({
  pilotId: z.string(),
  caseId: z.string().nullable(),
  taskId: z.string().nullable(),
  stepId: z.string().nullable(),
  type: z.string(),
})
export type StreamEvent = z.infer<typeof StreamEvent>
