export type NamedStep = { id: string; name: string }
/** A suggestion for a person to confirm; the score is 0 to 1, the step null when nothing is alike enough. */
export type StepNameMatch = { activity: string; stepId: string | null; score: number }

/** Below this two names have too little in common to suggest one for the other. */
const LEAST_SCORE = 0.55

/** For each activity of a log the step of the map whose name is most alike; several may go to one step. */
export function matchStepNames(activities: readonly string[], steps: readonly NamedStep[]): StepNameMatch[] {
  const known = steps.map((step) => ({ id: step.id, name: normalised(step.name) }))
  return activities.map((activity) => {
    const name = normalised(activity)
    let best: { id: string | null; score: number } = { id: null, score: 0 }
    for (const step of known) {
      const score = alikeness(name, step.name)
      if (score > best.score) best = { id: step.id, score }
    }
    const score = Math.round(best.score * 100) / 100
    return { activity, stepId: score >= LEAST_SCORE ? best.id : null, score }
  })
}

type Name = { text: string; tokens: string[] }

const fillers = new Set([
  'a',
  'an',
  'and',
  'by',
  'for',
  'from',
  'if',
  'in',
  'of',
  'on',
  'or',
  'the',
  'to',
  'with',
])

/** Lower case, without accents and punctuation; camelCase and snake_case come apart. */
function normalised(name: string): Name {
  const words = name
    .replaceAll(/(\p{Ll})(\p{Lu})/gu, '$1 $2')
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== '')
  const telling = words.filter((word) => !fillers.has(word))
  return { text: words.join(' '), tokens: telling.length > 0 ? telling : words }
}

function alikeness(a: Name, b: Name): number {
  if (a.text === '' || b.text === '') return 0
  if (a.text === b.text) return 1
  return Math.max(sharedTokens(a.tokens, b.tokens), spelledAlike(a.text, b.text)) * 0.99
}

/** Twice the tokens in common over all tokens; tokens that are spelled almost alike count as much as they agree. */
function sharedTokens(a: readonly string[], b: readonly string[]): number {
  const left = [...b]
  let shared = 0
  for (const token of a) {
    const scores = left.map((other) => tokenAlikeness(token, other))
    const best = Math.max(0, ...scores)
    if (best < 0.7) continue
    shared += best
    left.splice(scores.indexOf(best), 1)
  }
  return (2 * shared) / (a.length + b.length)
}

/** "checking", "checked" and "check" are one word to a reader. */
function tokenAlikeness(a: string, b: string): number {
  if (a === b) return 1
  const [short, long] = a.length < b.length ? [a, b] : [b, a]
  if (short.length >= 4 && long.startsWith(short.slice(0, Math.max(4, short.length - 1)))) return 0.9
  return spelledAlike(a, b)
}

function spelledAlike(a: string, b: string): number {
  return 1 - editDistance(a, b) / Math.max(a.length, b.length)
}

/** Levenshtein distance over two rows. */
function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i += 1) {
    const current = [i]
    for (let j = 1; j <= b.length; j += 1) {
      const substitute = (previous[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      current.push(Math.min(substitute, (previous[j] ?? 0) + 1, (current[j - 1] ?? 0) + 1))
    }
    previous = current
  }
  return previous[b.length] ?? 0
}
