import { moveRefusalWords } from '#domain/map-upgrades.ts'
import type { Problem, ProblemCode } from '#domain/problems.ts'

/** A code without a status does not compile. */
export const statusOf = {
  InvalidInput: 422,
  NotFound: 404,
  NotSignedIn: 401,
  NotAllowed: 403,
  CrossSite: 403,
  DemoOnly: 403,
  BodyTooLarge: 413,
  WrongContentType: 415,
  MethodNotAllowed: 405,
  MapChanged: 409,
  MapNotRunnable: 422,
  PilotNotRunning: 409,
  BaselineNotReady: 409,
  RowsRejected: 422,
  FileUnreadable: 422,
  ImportNotReady: 409,
  InUse: 409,
  IdempotencyKeyReused: 422,
  IdempotencyKeyMissing: 400,
  RequestInFlight: 409,
  NoMasterKey: 409,
  CaseClosing: 409,
  CaseLost: 409,
  CaseNotLost: 409,
  StepNotLive: 409,
  UnknownMessage: 404,
  MessageRepeated: 409,
  MessageTooLate: 409,
  MessageIdReused: 422,
  KeyUnknown: 404,
  KeyAmbiguous: 409,
  NotAtSafePoint: 409,
  CannotMove: 409,
  TaskNotFound: 404,
  TaskAlreadyDecided: 409,
  TaskStale: 409,
  ActionNotAllowed: 422,
  SelfApproval: 403,
  AlreadyVoted: 409,
  ReasonRequired: 422,
  EditTooLarge: 413,
  ValuesInvalid: 422,
  DecisionIdReused: 422,
  UndoClosed: 409,
  EngineUnavailable: 503,
  DatabaseUnavailable: 503,
  TooManyRequests: 429,
  Overloaded: 429,
  Internal: 500,
} as const satisfies Record<ProblemCode, number>

/** What happened and what to do, for a person. */
function saysOf(problem: Problem): { title: string; detail: string } {
  switch (problem.code) {
    case 'InvalidInput':
      return {
        title: 'Something in the request is not right',
        detail: problem.errors.map((error) => `${error.field} ${error.message}: ${error.mend}`).join('; '),
      }
    case 'NotFound':
      return { title: 'Not found', detail: `There is no such ${problem.what}, or it is not yours to see.` }
    case 'NotSignedIn':
      return {
        title: 'Not signed in',
        detail: 'Sign in, or send the header Throughline-Persona on a demo server.',
      }
    case 'NotAllowed':
      return { title: 'Not allowed', detail: `Your role does not include: ${problem.action}.` }
    case 'CrossSite':
      return {
        title: 'Refused from another site',
        detail: 'Send the request from the address that the page was loaded from.',
      }
    case 'DemoOnly':
      return { title: 'Only in the demo', detail: 'This works only on a demo server bound to this machine.' }
    case 'BodyTooLarge':
      return { title: 'Too large', detail: `The body may hold at most ${problem.limitBytes} bytes.` }
    case 'WrongContentType':
      return { title: 'Wrong content type', detail: `Send it as ${problem.expected}.` }
    case 'MethodNotAllowed':
      return { title: 'Method not allowed', detail: `Use ${problem.allowed.join(' or ')}.` }
    case 'MapChanged':
      return {
        title: 'The map changed meanwhile',
        detail: `It is at revision ${problem.revision} now. Load it, then make your change again.`,
      }
    case 'MapNotRunnable':
      return {
        title: 'The map cannot be published',
        detail: problem.problems.map((fault) => `${fault.message}. ${fault.mend}`).join('; '),
      }
    case 'PilotNotRunning':
      return { title: 'The pilot takes no cases', detail: `It is ${problem.status}.` }
    case 'BaselineNotReady':
      return { title: 'The baseline cannot be used', detail: problem.status }
    case 'RowsRejected':
      return {
        title: 'Some rows cannot be read',
        detail: `${problem.total} rows have faults. Nothing was changed: mend them, or skip the listed rows.`,
      }
    case 'FileUnreadable':
      return { title: 'The file cannot be read', detail: problem.why }
    case 'ImportNotReady':
      return { title: 'The import is not done', detail: `It is ${problem.status}.` }
    case 'InUse':
      return { title: 'Not possible now', detail: problem.why }
    case 'IdempotencyKeyReused':
      return {
        title: 'The idempotency key was used for something else',
        detail: 'Make a new key for a new request.',
      }
    case 'IdempotencyKeyMissing':
      return {
        title: 'The idempotency key is missing',
        detail: 'Send the header Idempotency-Key with a text of your own, and the same again with a retry.',
      }
    case 'RequestInFlight':
      return {
        title: 'The same request is being worked on',
        detail: 'Send it again in a moment, with the same key.',
      }
    case 'NoMasterKey':
      return {
        title: 'This server cannot keep secrets',
        detail:
          'It was started without a master key: set TL_MASTER_KEY_FILE or TL_MASTER_KEY and start it again.',
      }
    case 'CaseClosing':
      return { title: 'The case has ended', detail: problem.outcome ?? 'It takes nothing more.' }
    case 'CaseLost':
      return {
        title: 'The case cannot go on',
        detail: 'The engine has no record of it any more. Its owner may begin it again, or stop it.',
      }
    case 'CaseNotLost':
      return {
        title: 'The case goes on by itself',
        detail: 'Only a case that the engine has lost can be begun again.',
      }
    case 'StepNotLive':
      return { title: 'The case is not there', detail: `It is not at "${problem.stepId}" now.` }
    case 'UnknownMessage':
      return {
        title: 'No step waits for such a message',
        detail:
          problem.messages.length === 0
            ? 'The map of this case waits for no messages.'
            : `The map knows ${problem.messages.join(', ')}.`,
      }
    case 'MessageRepeated':
      return {
        title: 'The message came before',
        detail: `The case has a message "${problem.message}" already${problem.first === undefined ? '' : ` (${problem.first})`}, and waits for no second one.`,
      }
    case 'MessageTooLate':
      return {
        title: 'The message comes too late',
        detail: `The case has gone on without a message "${problem.message}", and waits for none any more.`,
      }
    case 'MessageIdReused':
      return {
        title: 'This message id stands for another message',
        detail: 'Make a new id for a new message.',
      }
    case 'KeyUnknown':
      return {
        title: 'No case has this key',
        detail: `No case waits for a message with the key "${problem.key}".`,
      }
    case 'KeyAmbiguous':
      return {
        title: 'Several cases have this key',
        detail: `Cases ${problem.cases.join(', ')} have the key "${problem.key}": send it to the case itself.`,
      }
    case 'NotAtSafePoint':
      return {
        title: 'Not at a safe point',
        detail: 'The case can move as soon as it waits at one step only and nothing is under way.',
      }
    case 'CannotMove':
      return { title: 'The case cannot move', detail: moveRefusalWords(problem.why) }
    case 'TaskNotFound':
      return { title: 'No such task', detail: 'This task does not wait in its case.' }
    case 'TaskAlreadyDecided':
      return { title: 'Already decided', detail: `${problem.by} decided this: ${problem.action}.` }
    case 'TaskStale':
      return {
        title: 'The draft changed while you were reading',
        detail: 'Load the task again and look at what changed; your text is kept.',
      }
    case 'ActionNotAllowed':
      return { title: 'Not an option here', detail: `Choose one of ${problem.options.join(', ')}.` }
    case 'SelfApproval':
      return {
        title: 'Another person must decide',
        detail: 'You had a hand in this draft: four eyes are asked for.',
      }
    case 'AlreadyVoted':
      return { title: 'You have approved already', detail: 'Another person must approve as well.' }
    case 'ReasonRequired':
      return {
        title: 'A reason is needed',
        detail:
          problem.reasons.length === 0
            ? 'Say why in a few words.'
            : `Say why: ${problem.reasons.join(', ')}, or in your own words.`,
      }
    case 'EditTooLarge':
      return { title: 'The edit is too large', detail: `At most ${problem.limitBytes} bytes.` }
    case 'ValuesInvalid':
      return {
        title: 'Some values are not right',
        detail: problem.errors.map((error) => `${error.field} ${error.message}: ${error.mend}`).join('; '),
      }
    case 'DecisionIdReused':
      return {
        title: 'This decision id stands for another decision',
        detail: 'Make a new id for a new decision.',
      }
    case 'UndoClosed':
      return { title: 'Too late to undo', detail: 'What follows from this decision has begun.' }
    case 'EngineUnavailable':
      return {
        title: 'The engine does not answer',
        detail: 'Nothing was changed. Try again in a moment; what you wrote is kept.',
      }
    case 'DatabaseUnavailable':
      return {
        title: 'The database does not answer',
        detail: 'Nothing is lost. Try again in a moment.',
      }
    case 'TooManyRequests':
      return { title: 'Too many requests', detail: `Wait ${problem.retryAfterSeconds} seconds.` }
    case 'Overloaded':
      return {
        title: 'Too much at once',
        detail: `Nothing was done. Send it again in ${problem.retryAfterSeconds} seconds; with the same key it is never done twice.`,
      }
    case 'Internal':
      return {
        title: 'Something broke here',
        detail: 'This is our fault, not yours. The request id helps us find it.',
      }
  }
}

/** What a problem comes to, in one sentence for a list. */
export function problemWords(problem: Problem): string {
  const { title, detail } = saysOf(problem)
  return `${title}. ${detail}`
}

type ProblemBody = {
  type: string
  title: string
  status: number
  detail: string
  code: ProblemCode
  requestId: string
}

/** The RFC 9457 body of a problem: the standard members, and whatever the problem says beyond them. */
function problemBody(problem: Problem, at: { requestId: string; status?: number }): ProblemBody {
  return {
    ...problem,
    type: `/problems/${problem.code}`,
    ...saysOf(problem),
    status: at.status ?? statusOf[problem.code],
    requestId: at.requestId,
  }
}

/** Answers a problem; `status` only where the same code has a finer one. */
export function problemResponse(problem: Problem, at: { requestId: string; status?: number }): Response {
  const body = problemBody(problem, at)
  const headers = new Headers({ 'content-type': 'application/problem+json; charset=utf-8' })
  if (problem.code === 'MethodNotAllowed') headers.set('allow', problem.allowed.join(', '))
  if ('retryAfterSeconds' in problem) headers.set('retry-after', String(problem.retryAfterSeconds))
  if (body.status === 503) headers.set('retry-after', '2')
  return new Response(JSON.stringify(body), { status: body.status, headers })
}

export function jsonResponse(value: unknown, status: number): Response {
  return new Response(JSON.stringify(value), {
    status,
    headers: { 'content-type': 'application/json; charset=utf-8' },
  })
}
