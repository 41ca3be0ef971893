import { z } from 'zod'
import { SampleTemplate } from '#domain/sample-template.ts'
import { json, maybeRow, rows, run, sql, type Db } from './db.ts'

/** Keeps a template for the sample processes of this server. */
export async function putSampleTemplate(db: Db, template: SampleTemplate): Promise<void> {
  await run(
    db,
    sql`insert into sample_template (key, template) values (${template.key}, ${json(template)})
      on conflict (key) do update set template = excluded.template, updated_at = now()`,
  )
}

const TemplateRow = z.object({ template: SampleTemplate })

export async function loadSampleTemplate(db: Db, key: string): Promise<SampleTemplate | null> {
  const found = await maybeRow(db, TemplateRow, sql`select template from sample_template where key = ${key}`)
  return found?.template ?? null
}

/** The samples this server offers, and whether each is there now. */
export async function listSamples(db: Db): Promise<{ key: string; name: string; present: boolean }[]> {
  return rows(
    db,
    z.object({ key: z.string(), name: z.string(), present: z.boolean() }),
    sql`select t.key, t.template->>'name' as name,
        exists (select 1 from process p where p.sample_key = t.key) as present
      from sample_template t order by t.updated_at, t.key`,
  )
}

/** The people of the demo and its labelled sample colleagues. */
export async function putPeople(
  db: Db,
  people: { id: string; name: string; sample: boolean }[],
): Promise<void> {
  for (const person of people) {
    await run(
      db,
      sql`insert into person (id, name, sample) values (${person.id}, ${person.name}, ${person.sample})
        on conflict (id) do update set name = excluded.name`,
    )
  }
}
