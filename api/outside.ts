import type { Problem } from '#domain/problems.ts'

const unreachable: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ETIMEDOUT',
  'EPIPE',
  'ENOTFOUND',
  'ENOENT',
  'EAI_AGAIN',
])
/** Connection trouble, a server that stops or starts, no memory or disk, what took too long or stood still. */
const databaseTrouble = /^(08|53|57|58|40|25P03)/
const lostConnection =
  /connection terminated|timeout exceeded when trying to connect|not queryable|query read timeout|driver has already been destroyed/i

/** The problem that a foreign error stands for; null when it is a bug of ours. */
export function problemOfError(error: unknown): Problem | null {
  if (error instanceof TookTooLong) return { code: 'DatabaseUnavailable' }
  if (!(error instanceof Error)) return null
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  if (unreachable.has(code) || databaseTrouble.test(code) || lostConnection.test(error.message)) {
    return { code: 'DatabaseUnavailable' }
  }
  // A value that passed every schema and still does not fit a column.
  if (/^22[0-9A-Z]{3}$/.test(code)) {
    return {
      code: 'InvalidInput',
      errors: [{ field: 'request', message: 'holds a value that cannot be stored', mend: error.message }],
    }
  }
  // Two at once made, or one took away, what the other needed.
  if (/^23[0-9A-Z]{3}$/.test(code)) {
    return {
      code: 'InUse',
      why: 'Somebody else changed this at the same moment. Look again, then try again.',
    }
  }
  if (error instanceof AggregateError) return problemOfError(error.errors[0])
  return error.cause === undefined ? null : problemOfError(error.cause)
}

class TookTooLong extends Error {
  override readonly name = 'TookTooLong'
}

/** Gives up waiting after a while; what was begun may still end later. */
export async function within<T>(milliseconds: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new TookTooLong(`no answer in ${milliseconds} ms`)), milliseconds)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}
