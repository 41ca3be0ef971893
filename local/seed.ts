import { demoPersonas } from '#domain/personas.ts'
import { samples } from '#samples/index.ts'
import { openDb } from '#store/db.ts'
import { putPeople, putSampleTemplate } from '#store/samples.ts'

/** One seed for every machine, so that everyone's sample baseline is the same. */
const baselineSeed = 20_261

/** Puts the demo's people and the sample templates into the database; again changes nothing. */
export async function seedDemo(url: string): Promise<void> {
  const db = openDb(url, { max: 1, name: 'throughline seed' })
  try {
    const staff = samples.flatMap((sample) => sample.staff)
    await putPeople(db, [
      ...demoPersonas.map(({ person }) => person),
      ...staff.map(({ id, name }) => ({ id, name, sample: true })),
    ])
    for (const { key, name, map, intake, baselineCsv, stepNames, staff: people, parameters } of samples) {
      await putSampleTemplate(db, {
        key,
        name,
        map,
        intake,
        baselineCsv: baselineCsv(baselineSeed),
        stepNames,
        statement: parameters.statement,
        staff: people,
      })
    }
  } finally {
    await db.destroy()
  }
}
