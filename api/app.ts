import { randomUUID } from 'node:crypto'
import { Hono, type Context } from 'hono'
import { can, permissions, type Actor } from '#domain/can.ts'
import { contract, type ReplyOf, type RouteName, type RouteShape } from '#domain/contract.ts'
import { isProblem, type InputProblem, type Problem } from '#domain/problems.ts'
import { Id } from '#domain/views/common.ts'
import { processOf } from '#store/views/access.ts'
import { readBody } from './body.ts'
import type { Call } from './call.ts'
import type { Deps } from './deps.ts'
import { registerEvents } from './events.ts'
import { isKnownHost, newNonce, originProblem, securityHeaders } from './guard.ts'
import { handlers } from './handlers.ts'
import { inputProblemsOf } from './input-problems.ts'
import { createLanes, type Lane } from './lanes.ts'
import { isAnswer, keyProblem, once, onceInTransaction, requestHash } from './once.ts'
import { problemOfError, within } from './outside.ts'
import { writeWait } from './rate.ts'
import { refusalLog } from './refusal-log.ts'
import { textFault } from './read-json.ts'
import { jsonResponse, problemResponse } from './respond.ts'
import { setCookie, whoAsks, type Who } from './who.ts'

export type AppContext = { Variables: { requestId: string; nonce: string } }
export type Pages = (request: { path: string; nonce: string }) => Promise<Response | null>

/** How long the database may take to say who is asking, before it counts as down. */
const accessMs = 2_500
/** How long any answer may take. */
const answerMs = 28_000

/** The HTTP API: every route of the contract, behind the same checks in the same order. */
export function createApp(deps: Deps, pages: Pages | null = null): Hono<AppContext> {
  const app = new Hono<AppContext>()
  const laneOf = createLanes()
  const noteRefusal = refusalLog(deps.log)

  app.use('*', async (context, next) => {
    const nonce = newNonce()
    context.set('requestId', randomUUID())
    context.set('nonce', nonce)
    if (isKnownHost(context.req.header('host') ?? null, deps.hosts)) await next()
    else context.res = problemResponse({ code: 'CrossSite' }, at(context))
    for (const [name, value] of Object.entries(securityHeaders(nonce))) context.res.headers.set(name, value)
    context.res.headers.set('x-request-id', context.get('requestId'))
  })

  registerEvents(app, deps)
  for (const name of routeNames)
    registerRoute(app, name, { deps, noteRefusal, lane: laneOf(name, contract[name]) })
  for (const [path, methods] of methodsByPath()) {
    app.all(path, (context) => problemResponse({ code: 'MethodNotAllowed', allowed: methods }, at(context)))
  }

  app.notFound(async (context) => {
    const reads = context.req.method === 'GET' || context.req.method === 'HEAD'
    const page = reads ? await pages?.({ path: context.req.path, nonce: context.get('nonce') }) : null
    return page ?? problemResponse({ code: 'NotFound', what: 'address' }, at(context))
  })
  app.onError((error, context) => {
    const problem = problemOfError(error) ?? { code: 'Internal' as const }
    deps.log({
      level: problem.code === 'Internal' ? 'error' : 'warn',
      message: `${context.req.method} ${context.req.routePath} failed: ${problem.code}`,
      requestId: context.get('requestId'),
      error: error.stack ?? error.message,
    })
    return problemResponse(problem, at(context))
  })
  return app
}

const isRouteName = (name: string): name is RouteName => name in contract
const routeNames: RouteName[] = Object.keys(contract).filter(isRouteName)

function honoPath(path: string): string {
  return path.replaceAll(/\{(\w+)\}/g, ':$1')
}

function methodsByPath(): Map<string, string[]> {
  const methods = new Map<string, string[]>([['/api/events', ['GET', 'HEAD']]])
  for (const name of routeNames) {
    const { path, method } = contract[name]
    const own = method === 'GET' ? ['GET', 'HEAD'] : [method]
    methods.set(honoPath(path), [...(methods.get(honoPath(path)) ?? []), ...own])
  }
  return methods
}

type Serving = { deps: Deps; lane: Lane; noteRefusal: (name: RouteName) => void }

function registerRoute(app: Hono<AppContext>, name: RouteName, serving: Serving): void {
  const route: RouteShape = contract[name]
  app.on(route.method, honoPath(route.path), async (context) => {
    const outcome = await within(
      answerMs,
      serving.lane(context.req.param('pilotId') ?? '', () => answer(context, name, serving.deps)),
    )
    if ('problem' in outcome && outcome.problem.code === 'Overloaded') serving.noteRefusal(name)
    return outcome instanceof Response
      ? outcome
      : problemResponse(outcome.problem, {
          ...at(context),
          ...('status' in outcome && outcome.status && { status: outcome.status }),
        })
  })
}

const nobody: Who = { actor: null, session: null }
const isAboutServer = (name: RouteName): boolean => name === 'health' || name === 'openapi'

type Refusal = { problem: Problem; status?: number }

async function answer(
  context: Context<AppContext>,
  name: RouteName,
  deps: Deps,
): Promise<Response | Refusal> {
  const route: RouteShape = contract[name]
  const request = context.req.raw
  const now = deps.now()

  // How the parts are is told even when the database cannot say who asks.
  const who = isAboutServer(name) ? nobody : await within(accessMs, whoAsks(request, deps))
  if (isProblem(who)) return { problem: who }
  const crossSite = originProblem(originOf(context), who.session !== null)
  if (crossSite !== null) return { problem: crossSite }

  const given = readParams(context)
  if (isProblem(given)) return { problem: given }
  const access = await within(accessMs, accessTo(route, { who, params: given.params, deps }))
  if (isProblem(access)) return { problem: access }

  if (route.method !== 'GET' && who.actor !== null) {
    const wait = await within(accessMs, writeWait(deps, who.actor.id))
    if (wait !== null) return { problem: { code: 'TooManyRequests', retryAfterSeconds: wait } }
  }

  const sent = await readBody(request, route)
  if (!sent.ok) return sent
  const query = route.query.safeParse(given.query)
  const body = route.body.safeParse(sent.json)
  if (!query.success || !body.success) {
    const errors = [
      ...(query.success ? [] : inputProblemsOf(query.error.issues)),
      ...(body.success ? [] : inputProblemsOf(body.error.issues)),
    ]
    return { problem: { code: 'InvalidInput', errors } }
  }
  const idempotencyKey =
    route.idempotencyKey === 'none' ? null : (context.req.header('idempotency-key') ?? null)
  const badKey = keyProblem(idempotencyKey, route.idempotencyKey)
  if (badKey !== null) return { problem: badKey }

  let cookie: string | null = null
  const call: LooseCall = {
    params: given.params,
    query: query.data,
    body: body.data,
    file: sent.file,
    actor: who.actor,
    processId: access.processId,
    idempotencyKey,
    session: who.session,
    setSession: (token) => {
      cookie = setCookie(token)
    },
    now,
  }
  if (idempotencyKey !== null && who.actor !== null) {
    const hash = requestHash({ params: given.params, query: query.data, body: body.data, file: sent.file })
    const key = { actor: who.actor.id, route: name, key: idempotencyKey, bodyHash: hash }
    const { status } = route
    const done = actsOutside.has(name)
      ? await once(deps.db, { key, status }, () => handlerOf(name)(call, deps))
      : await afterCommit(deps, (kicks) =>
          onceInTransaction(deps.db, { key, status }, (tx) =>
            handlerOf(name)(call, { ...deps, ...kicks, db: tx }),
          ),
        )
    if (!isAnswer(done)) return { problem: done }
    const response = jsonResponse(done.reply, done.status)
    if (done.replayed) response.headers.set('idempotent-replayed', 'true')
    return finished(response, cookie)
  }
  const reply = await handlerOf(name)(call, deps)
  return isProblem(reply) ? { problem: reply } : finished(jsonResponse(reply, route.status), cookie)
}

/** Routes that also act on running cases; their own ids there derive from the key, so that a repeat asks again. */
const actsOutside: ReadonlySet<RouteName> = new Set([
  'undo',
  'stopCase',
  'commandCase',
  'makeSample',
  'deleteSample',
])

type Kicks = Pick<Deps, 'kickStarts' | 'kickJobs'>

/** Whoever waits for an order is told when it is there to be seen, not before. */
async function afterCommit<T>(deps: Kicks, work: (kicks: Kicks) => Promise<T>): Promise<T> {
  const told = new Set<() => void>()
  const result = await work({
    kickStarts: () => void told.add(deps.kickStarts),
    kickJobs: () => void told.add(deps.kickJobs),
  })
  for (const tell of told) tell()
  return result
}

function finished(response: Response, cookie: string | null): Response {
  response.headers.set('cache-control', 'no-store')
  if (cookie !== null) response.headers.set('set-cookie', cookie)
  return response
}

type LooseCall = {
  params: unknown
  query: unknown
  body: unknown
  file: Uint8Array<ArrayBuffer>
  actor: Actor | null
  processId: string | null
  idempotencyKey: string | null
  session: string | null
  setSession: (token: string | null) => void
  now: Date
}

/** The handler of a route, for a call that went through the checks above. */
function handlerOf<Name extends RouteName>(
  name: Name,
): (call: LooseCall, deps: Deps) => Promise<ReplyOf<Name> | Problem> {
  const handler = handlers[name]
  return (call, deps) => {
    if (fitsRoute<Name>(call, contract[name])) return handler(call, deps)
    throw new Error(`a call of ${name} was let through without its actor`)
  }
}

/** What the checks above have made sure of: someone is signed in where the route asks for it, and so on. */
function fitsRoute<Name extends RouteName>(call: LooseCall, route: RouteShape): call is Call<Name> {
  const open = permissions[route.permission] === 'anyone'
  return (open || call.actor !== null) && (route.of === 'none') === (call.processId === null)
}

type Given = { params: Record<string, string>; query: Record<string, string> }

function readParams(context: Context<AppContext>): Given | Problem {
  const errors: InputProblem[] = []
  const params: Record<string, string> = {}
  for (const [name, value] of Object.entries(context.req.param())) {
    if (typeof value !== 'string') continue
    params[name] = value
    const checked = Id.safeParse(value)
    if (!checked.success) errors.push(...inputProblemsOf(checked.error.issues, [name]))
    const fault = textFault(value)
    if (fault !== null) errors.push({ field: name, ...fault })
  }
  const query: Record<string, string> = {}
  for (const [name, values] of Object.entries(context.req.queries())) {
    const [value = ''] = values
    query[name] = value
    if (values.length > 1) errors.push({ field: name, message: 'is given twice', mend: 'give it once' })
    const fault = textFault(name) ?? textFault(value)
    if (fault !== null) errors.push({ field: name.replaceAll('\u0000', '?'), ...fault })
  }
  if (errors.length > 0) return { code: 'InvalidInput', errors }
  return { params, query }
}

type Asked = { who: Who; params: Record<string, string>; deps: Deps }

/** Whether the actor may do this to this object; what is not theirs to see does not exist for them. */
async function accessTo(
  route: RouteShape,
  { who, params, deps }: Asked,
): Promise<{ processId: string | null } | Problem> {
  const { actor } = who
  if (route.of === 'none') return allowed(actor, route, null)
  if (actor === null) return { code: 'NotSignedIn' }
  const id = params[`${route.of}Id`] ?? ''
  const processId = await processOf(deps.db, route.of, id)
  const member = actor.roles.some((role) => role.processId === processId)
  if (processId === null || !member) return { code: 'NotFound', what: route.of }
  return allowed(actor, route, processId)
}

function allowed(
  actor: Actor | null,
  route: RouteShape,
  processId: string | null,
): { processId: string | null } | Problem {
  if (can(actor, route.permission, processId)) return { processId }
  if (actor === null) return { code: 'NotSignedIn' }
  return { code: 'NotAllowed', action: route.permission }
}

function originOf(context: Context<AppContext>): {
  method: string
  origin: string | null
  site: string | null
  host: string | null
} {
  return {
    method: context.req.method,
    origin: context.req.header('origin') ?? null,
    site: context.req.header('sec-fetch-site') ?? null,
    host: context.req.header('host') ?? null,
  }
}

function at(context: Context<AppContext>): { requestId: string } {
  return { requestId: context.get('requestId') }
}
