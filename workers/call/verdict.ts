import type { Answer } from './caller.ts'

/** What an answer means for the step. */
export type Verdict =
  | { kind: 'answered'; status: number; text: string; cut: boolean }
  /** Nothing was done, or doing it again does no harm: ask again. */
  | { kind: 'later'; cause: 'call-failed' | 'timed-out'; message: string; retryAfter: string | null }
  | { kind: 'failed'; cause: 'call-failed' | 'call-refused' | 'call-unknown'; message: string }
  | { kind: 'aborted'; sent: boolean }

type About = {
  /** Asking twice does no more than asking once. */
  repeatable: boolean
  /** An attempt with the same key came before this one. */
  isRepeat: boolean
  system: string
}

/** Sorts answers by what the other system may have done meanwhile. */
export function judge(answer: Answer, about: About): Verdict {
  const { repeatable, system } = about
  switch (answer.kind) {
    case 'answered':
      return judgeStatus(answer, about)
    case 'aborted':
      return answer
    case 'blocked':
      return { kind: 'failed', cause: 'call-refused', message: answer.message }
    case 'unreadable-secret':
      return { kind: 'failed', cause: 'call-failed', message: answer.message }
    case 'lost': {
      const message = `"${system}" ${answer.message}.`
      if (answer.sent && !repeatable) return unknown(message)
      const cause = answer.why === 'deadline' ? 'timed-out' : 'call-failed'
      return { kind: 'later', cause, message, retryAfter: null }
    }
  }
}

function judgeStatus(
  { status, text, cut, retryAfter }: Extract<Answer, { kind: 'answered' }>,
  { repeatable, isRepeat, system }: About,
): Verdict {
  const message = `"${system}" answered ${status}.`
  const later: Verdict = { kind: 'later', cause: 'call-failed', message, retryAfter }
  if (status >= 200 && status < 300) return { kind: 'answered', status, text, cut }
  // Both say that nothing was done.
  if (status === 408 || status === 429) return later
  // The first request with this key is still being worked on.
  if (status === 409 && isRepeat && repeatable) return later
  if (status >= 500) return repeatable ? later : unknown(message)
  if (status >= 300 && status < 400) {
    // These three are also the way to say "done, now look there".
    if (status <= 303 && !repeatable) return unknown(`${message} It points elsewhere, which is not followed.`)
    return {
      kind: 'failed',
      cause: 'call-refused',
      message: `${message} It points elsewhere, which is not followed.`,
    }
  }
  return { kind: 'failed', cause: status >= 400 ? 'call-refused' : 'call-failed', message }
}

function unknown(message: string): Verdict {
  return { kind: 'failed', cause: 'call-unknown', message: `${message} Find out whether it was done.` }
}
