import { z } from 'zod'
import { Role } from '../can.ts'
import { Figure, Id, Instant, Person } from './common.ts'

const PartState = z.strictObject({ ok: z.boolean(), detail: z.string() })

export const Health = z
  .strictObject({
    ok: z.boolean(),
    version: z.string(),
    parts: z.strictObject({
      database: PartState,
      engine: PartState,
      worker: PartState,
      model: PartState,
    }),
  })
  .meta({ id: 'Health' })
export type Health = z.infer<typeof Health>

export const Persona = z
  .strictObject({ key: z.string(), person: Person, role: Role, says: z.string() })
  .meta({ id: 'Persona' })
export type Persona = z.infer<typeof Persona>

export const Me = z
  .strictObject({
    person: Person.nullable(),
    roles: z.array(z.strictObject({ processId: Id, role: Role })),
    /** Personas that this server offers; empty unless it is a demo on loopback. */
    personas: z.array(Persona),
    practiceModel: z.boolean(),
    modelName: z.string().nullable(),
  })
  .meta({ id: 'Me' })
export type Me = z.infer<typeof Me>

export const Home = z
  .strictObject({
    needsYou: z.strictObject({
      sentence: z.string(),
      taskId: Id.nullable(),
      caseTitle: z.string().nullable(),
      waiting: z.int(),
      late: z.int(),
    }),
    pilots: z.array(
      z.strictObject({
        pilotId: Id,
        processName: z.string(),
        sample: z.boolean(),
        day: z.int(),
        days: z.int(),
        running: z.int(),
        finished: z.int(),
        waiting: z.int(),
        cycleMedian: Figure,
        throughput: Figure,
        lastEventAt: Instant.nullable(),
      }),
    ),
    ticks: z.array(
      z.strictObject({ key: z.string(), label: z.string(), done: z.boolean(), href: z.string() }),
    ),
    samples: z.array(z.strictObject({ key: z.string(), name: z.string(), present: z.boolean() })),
  })
  .meta({ id: 'Home' })
export type Home = z.infer<typeof Home>
