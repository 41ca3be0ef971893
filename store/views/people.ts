import { z } from 'zod'
import type { TaskKind } from '#domain/case-messages.ts'
import type { Person } from '#domain/views/common.ts'
import { rows, sql, type Db } from '#store/db.ts'

export const PersonJson = z.object({ id: z.string(), name: z.string(), sample: z.boolean() })

/** Who is asked at the gates and at the exception desk of a process. */
export type Asked = { reviewers: Person[]; owner: Person | null }

export async function askedIn(db: Db, processIds: string[]): Promise<Map<string, Asked>> {
  const found = await rows(
    db,
    z.object({ process_id: z.string(), role: z.string(), person: PersonJson }),
    sql`select m.process_id, m.role, jsonb_build_object('id', p.id, 'name', p.name, 'sample', p.sample) as person
      from membership m join person p on p.id = m.person_id
      where m.process_id = any(${processIds}) and m.role in ('reviewer', 'owner') and not p.sample
      order by p.name`,
  )
  return new Map(
    processIds.map((id) => {
      const own = found.filter((row) => row.process_id === id)
      return [
        id,
        {
          reviewers: own.filter((row) => row.role === 'reviewer').map((row) => row.person),
          owner: own.find((row) => row.role === 'owner')?.person ?? null,
        },
      ]
    }),
  )
}

/** A name where one person is asked; null where it is a team. */
export function nameAsked(asked: Asked | undefined, kind: TaskKind): string | null {
  if (kind === 'exception') return asked?.owner?.name ?? null
  return asked?.reviewers.length === 1 ? (asked.reviewers[0]?.name ?? null) : null
}
