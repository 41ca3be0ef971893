import { z } from 'zod'
import { correctFigures } from './case-events.ts'
import { inTransaction, rows, sql, type Db } from './db.ts'
import { holdCases, readCasesAgain, type Corrected } from './read-cases-again.ts'

export type Rebuilt = { pilots: number; cases: number; corrected: Corrected & { figures: number } }

const casesAtOnce = 200

/**
 * Makes everything that is shown again from events: where cases are, what became of tasks, decisions, figures.
 * Safe while everything runs: a page of cases is locked for the moment in which it is read and written, and
 * figures are corrected by their difference, to which whatever happens meanwhile only adds.
 */
export async function rebuild(
  db: Db,
  onProgress: (cases: number) => void = () => undefined,
): Promise<Rebuilt> {
  const corrected = { cases: 0, tasks: 0, decisions: 0, figures: 0 }
  let done = 0
  for (let after: string | null = ''; after !== null;) {
    const page: string[] = await caseIdsAfter(db, after)
    if (page.length > 0) {
      const found = await inTransaction(db, async (tx) => {
        await holdCases(tx, page)
        return readCasesAgain(tx, page)
      })
      corrected.cases += found.cases
      corrected.tasks += found.tasks
      corrected.decisions += found.decisions
      done += page.length
      onProgress(done)
    }
    after = page.at(-1) ?? null
  }
  const pilots = await rows(db, z.object({ id: z.string() }), sql`select id from pilot order by id`)
  for (const pilot of pilots) corrected.figures += await correctFigures(db, pilot.id)
  return { pilots: pilots.length, cases: done, corrected }
}

async function caseIdsAfter(db: Db, after: string): Promise<string[]> {
  const found = await rows(
    db,
    z.object({ id: z.string() }),
    sql`select id from case_run where id > ${after} order by id limit ${casesAtOnce}`,
  )
  return found.map(({ id }) => id)
}
