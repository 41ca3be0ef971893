import { z } from 'zod'

/** An opaque place in a list: what its last row was sorted by. */
export function writeCursor(values: (string | number | null)[]): string {
  return Buffer.from(JSON.stringify(values)).toString('base64url')
}

/** Null when it is not a cursor that this kind of list gave out. */
export function readCursorAs<Values>(schema: z.ZodType<Values>, text: string): Values | null {
  try {
    const value: unknown = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'))
    return schema.safeParse(value).data ?? null
  } catch {
    return null
  }
}

export const CursorInstant = z.iso.datetime()
/** Ids are ours: visible ASCII. */
export const CursorId = z.string().regex(/^[\x21-\x7e]{1,120}$/)
