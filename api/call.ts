import type { Actor } from '#domain/can.ts'
import type { BodyOf, Contract, ParamsOf, QueryOf, ReplyOf, RouteName } from '#domain/contract.ts'
import type { Problem } from '#domain/problems.ts'
import type { Deps } from './deps.ts'

type OpenPermission = 'see-health' | 'sign-in'
type ActorFor<Name extends RouteName> = Contract[Name]['permission'] extends OpenPermission
  ? Actor | null
  : Actor
type ProcessFor<Name extends RouteName> = Contract[Name]['of'] extends 'none' ? null : string

/** A request that was found well formed and allowed. */
export type Call<Name extends RouteName> = {
  params: ParamsOf<Name>
  query: QueryOf<Name>
  body: BodyOf<Name>
  /** The bytes of a route that takes a file; empty otherwise. */
  file: Uint8Array<ArrayBuffer>
  actor: ActorFor<Name>
  /** The process that the object in the path belongs to. */
  processId: ProcessFor<Name>
  idempotencyKey: string | null
  /** The session that the request came with. */
  session: string | null
  /** Gives the browser a session, or takes it away. */
  setSession: (token: string | null) => void
  now: Date
}

type Handler<Name extends RouteName> = (call: Call<Name>, deps: Deps) => Promise<ReplyOf<Name> | Problem>

/** One handler for every route of the contract: a route without one does not compile. */
export type Handlers = { [Name in RouteName]: Handler<Name> }
