import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { oneRow, sql, type Db } from '#store/db.ts'
import type { Canaries } from '../stand/canaries.ts'
import type { EngineView } from './engine.ts'
import type { Facts } from './facts.ts'
import type { Violation } from './violation.ts'

const Count = z.object({ n: z.number() })

/** I9: no secret and nothing personal in logs, in Temporal's histories, in bodies of errors, or in the audit. */
export async function checkCanaries(look: {
  canaries: Canaries
  logs: string
  errorBodies: string[]
  facts: Facts
  engine: EngineView
  db: Db
}): Promise<Violation[]> {
  const words = Object.entries(look.canaries)
  const violations: Violation[] = []
  const search = (text: string, where: string): void => {
    for (const [name, word] of words) {
      if (text.includes(word)) violations.push({ invariant: 'I9', what: `${name} canary in ${where}` })
    }
  }
  for (const name of readdirSync(look.logs))
    search(readFileSync(join(look.logs, name), 'utf8'), `the log ${name}`)
  for (const body of look.errorBodies) search(body, `the body of an error: ${body.slice(0, 120)}`)
  for (const found of look.facts.cases) {
    if ((await look.engine.stateOf(found)).is !== 'unknown') {
      search(await look.engine.historyOf(found), `the history of ${found.id}`)
    }
  }
  for (const [name, word] of words) {
    const { n } = await oneRow(
      look.db,
      Count,
      sql`select count(*)::int as n from audit where strpos(audit::text, ${word}) > 0`,
    )
    if (n > 0) violations.push({ invariant: 'I9', what: `${name} canary in ${n} rows of the audit` })
  }
  // What the other system repeats may be kept for a person to read, but never the secret that it was sent.
  const secret = look.canaries.connectionSecret
  const { n } = await oneRow(
    look.db,
    Count,
    sql`select count(*)::int as n from document where strpos(document::text, ${secret}) > 0`,
  )
  if (n > 0) violations.push({ invariant: 'I9', what: `the secret of a connection in ${n} documents` })
  return violations
}
