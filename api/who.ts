import { timingSafeEqual } from 'node:crypto'
import type { Actor } from '#domain/can.ts'
import type { Problem } from '#domain/problems.ts'
import { personOfSession } from '#store/sessions.ts'
import { actorOf } from '#store/views/access.ts'
import type { Deps } from './deps.ts'

export const personaHeader = 'throughline-persona'
const colleagueKeyHeader = 'throughline-colleague-key'
/** The plain name is for loopback without TLS. */
export const sessionCookie = 'tl-session'

export type Who = { actor: Actor | null; session: string | null }

/** Who is asking: a persona named in the header (demo only), or the person of the session. */
export async function whoAsks(request: Request, deps: Deps): Promise<Who | Problem> {
  const key = request.headers.get(personaHeader)
  const session = cookieValue(request.headers.get('cookie'), sessionCookie)
  if (key !== null) {
    if (!deps.demo) return { code: 'DemoOnly' }
    const persona = deps.personas.find((candidate) => candidate.key === key)
    const actor =
      persona === undefined ? await colleague(request, deps, key) : await actorOf(deps.db, persona.person.id)
    return actor === null ? { code: 'NotSignedIn' } : { actor, session: null }
  }
  // Personas are acted as without a secret: off the demo nobody's session counts.
  if (session === null || !deps.demo) return { actor: null, session: null }
  const personId = await personOfSession(deps.db, session)
  return { actor: personId === null ? null : await actorOf(deps.db, personId), session }
}

/** A labelled colleague of a sample; only the stack that made the key at its start can act as one. */
async function colleague(request: Request, deps: Deps, personId: string): Promise<Actor | null> {
  const given = Buffer.from(request.headers.get(colleagueKeyHeader) ?? '')
  const wanted = Buffer.from(deps.colleagueKey ?? '')
  if (wanted.length === 0 || given.length !== wanted.length || !timingSafeEqual(given, wanted)) return null
  const actor = await actorOf(deps.db, personId)
  return actor?.sample === true ? actor : null
}

function cookieValue(header: string | null, name: string): string | null {
  for (const part of (header ?? '').split(';')) {
    const [key, value] = part.trim().split('=', 2)
    if (key === name && value !== undefined && /^[A-Za-z0-9_-]{1,200}$/.test(value)) return value
  }
  return null
}

export function setCookie(token: string | null): string {
  const life = token === null ? 'Max-Age=0' : `Max-Age=${7 * 24 * 3600}`
  return `${sessionCookie}=${token ?? ''}; ${life}; Path=/; HttpOnly; SameSite=Lax`
}
