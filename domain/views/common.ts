import { z } from 'zod'

export const Id = z.string().min(1).max(120)
export const Instant = z.iso.datetime()

export const Person = z.strictObject({ id: Id, name: z.string(), sample: z.boolean() }).meta({ id: 'Person' })
export type Person = z.infer<typeof Person>

/** Why a figure may not be read as better or worse. */
const FigureState = z.enum(['better', 'worse', 'cannot-tell', 'too-few', 'no-baseline', 'unknown'])

const Unit = z.enum(['ms', 'per-week', 'share', 'count'])

/**
 * One number beside its baseline. `value` is null while it is not known; `n` says from how many.
 * Durations in milliseconds, shares 0 to 1. `difference` is value minus baseline, with its interval
 * (`low`, `high`, 95 %) where one can be computed.
 */
export const Figure = z
  .strictObject({
    unit: Unit,
    value: z.number().nullable(),
    n: z.int(),
    /** Below this n the figure is not shown as known. */
    needs: z.int(),
    baseline: z.strictObject({ value: z.number().nullable(), n: z.int() }).nullable(),
    difference: z.number().nullable(),
    low: z.number().nullable(),
    high: z.number().nullable(),
    state: FigureState,
    /** The formula, window and calendar, in words, for the hover. */
    how: z.string(),
  })
  .meta({ id: 'Figure' })
export type Figure = z.infer<typeof Figure>

export const Progress = z.strictObject({ done: z.int(), total: z.int(), what: z.string() })

/** A list page; `next` is the cursor of the following page. */
export function pageOf<Item extends z.ZodType>(
  item: Item,
): z.ZodObject<{ items: z.ZodArray<Item>; next: z.ZodNullable<z.ZodString> }> {
  return z.object({ items: z.array(item), next: z.string().nullable() })
}
