import type { Actor } from '#domain/can.ts'
import type { Me } from '#domain/views/session.ts'
import { closeSession, openSession } from '#store/sessions.ts'
import { actorOf } from '#store/views/access.ts'
import { homeOf } from '#store/views/home.ts'
import { isDatabaseUp } from '#store/views/health.ts'
import type { Handlers } from '../call.ts'
import type { Deps } from '../deps.ts'
import { openApiDocument } from '../openapi.ts'
import { within } from '../outside.ts'

export const sessionRoutes: Pick<Handlers, 'health' | 'openapi' | 'me' | 'signIn' | 'signOut' | 'home'> = {
  health: async (_call, { db, engine, model, version }) => {
    const [database, { engine: engineState, worker }, modelState] = await Promise.all([
      within(2_500, isDatabaseUp(db)).catch(() => ({ ok: false, detail: 'PostgreSQL does not answer' })),
      engine.health(),
      model.health(),
    ])
    return {
      // Without a model cases still run: their AI steps go to people.
      ok: database.ok && engineState.ok && worker.ok,
      version,
      parts: { database, engine: engineState, worker, model: modelState },
    }
  },
  openapi: async () => openApiDocument(),
  me: async ({ actor }, deps) => meOf(actor, deps),
  signIn: async ({ body, setSession }, deps) => {
    if (!deps.demo) return { code: 'DemoOnly' }
    const persona = deps.personas.find((candidate) => candidate.key === body.persona)
    const actor = persona === undefined ? null : await actorOf(deps.db, persona.person.id)
    if (actor === null) return { code: 'NotFound', what: 'persona' }
    setSession(await openSession(deps.db, actor.id))
    return meOf(actor, deps)
  },
  signOut: async ({ session, setSession }, deps) => {
    if (session !== null) await closeSession(deps.db, session)
    setSession(null)
    return meOf(null, deps)
  },
  home: ({ actor, now }, { db, demo, personas }) => {
    const ownsSamples = personas.some(({ person, role }) => person.id === actor.id && role === 'owner')
    return homeOf(db, { actor, now, withSamples: demo && ownsSamples })
  },
}

function meOf(actor: Actor | null, { demo, personas, model }: Deps): Me {
  return {
    person: actor === null ? null : { id: actor.id, name: actor.name, sample: actor.sample },
    roles: actor?.roles ?? [],
    personas: demo ? personas : [],
    practiceModel: model.practice,
    modelName: model.name,
  }
}
