import type { Figure } from '#domain/views/common.ts'
import { daysWords, durationWords, signed } from './durations.ts'
import { percentWords } from './shares.ts'

export type Tone = 'better' | 'worse' | 'unknown'

/** A figure as it stands on the page: every part said in words, colour only on top. */
export type FigureWords = {
  tone: Tone
  value: string
  /** "by hand 2 h 40"; null where there is no baseline. */
  byHand: string | null
  difference: string | null
  /** What stands in place of a coloured difference: "Cannot tell yet", "4 of 6 cases". */
  unsure: string | null
  interval: string | null
  n: string
  /** Whole sentence for those who do not see the layout. */
  sentence: string
}

export function figureWords(figure: Figure, style: 'days' | 'units' = 'units'): FigureWords {
  const known = figure.value !== null && figure.state !== 'too-few' && figure.state !== 'unknown'
  const value = known && figure.value !== null ? valueWords(figure, figure.value, style) : 'n/a'
  const baseline = figure.baseline?.value ?? null
  const byHand = baseline === null ? null : `by hand ${valueWords(figure, baseline, style)}`
  const difference =
    known && figure.difference !== null ? differenceWords(figure, figure.difference, style) : null
  const tone: Tone = figure.state === 'better' || figure.state === 'worse' ? figure.state : 'unknown'
  const unsure = unsureWords(figure)
  const n = figure.baseline === null ? `n ${figure.n}` : `n ${figure.n} / ${figure.baseline.n}`
  const verdict = tone === 'unknown' ? unsure : `${difference ?? ''} ${tone}`.trim()
  return {
    tone,
    value,
    byHand,
    difference,
    unsure,
    interval: known ? intervalWords(figure, style) : null,
    n,
    sentence: [value, byHand ?? 'no figure by hand', tone === 'unknown' ? difference : null, verdict, n]
      .filter((part) => part !== null && part !== '')
      .join(', '),
  }
}

function unsureWords(figure: Figure): string | null {
  switch (figure.state) {
    case 'better':
    case 'worse':
      return null
    case 'too-few':
      return `${figure.n} of ${figure.needs} cases`
    case 'cannot-tell':
      return figure.needs > figure.n
        ? `Cannot tell yet: ${moreCases(figure.needs - figure.n)}`
        : 'Cannot tell yet'
    case 'no-baseline':
      return 'No baseline'
    case 'unknown':
      return 'Not known yet'
  }
}

function moreCases(count: number): string {
  return count === 1 ? '1 more case' : `${count} more cases`
}

function valueWords(figure: Pick<Figure, 'unit'>, value: number, style: 'days' | 'units'): string {
  switch (figure.unit) {
    case 'ms':
      return style === 'days' ? daysWords(value) : durationWords(value)
    case 'per-week':
      return value.toFixed(1)
    case 'share':
      return percentWords(value)
    case 'count':
      return String(Math.round(value))
  }
}

function differenceWords(figure: Figure, difference: number, style: 'days' | 'units'): string {
  if (figure.unit === 'share') return signed(Math.round(difference * 100), (points) => `${points} pt`)
  return signed(difference, (absolute) => valueWords(figure, absolute, style))
}

function intervalWords(figure: Figure, style: 'days' | 'units'): string | null {
  if (figure.low === null || figure.high === null) return null
  const words = (value: number): string => differenceWords(figure, value, style)
  const [low, high] = [words(figure.low), words(figure.high)]
  // One unit is said once: "−3.4 to −1.7 d".
  const unit = /^(.*\d)( (?:d|pt|min|h|s))$/
  const [lowMatch, highMatch] = [unit.exec(low), unit.exec(high)]
  const shared = lowMatch !== null && highMatch !== null && lowMatch[2] === highMatch[2]
  return shared && !/[a-z]/.test(lowMatch[1] ?? '') ? `${lowMatch[1] ?? low} to ${high}` : `${low} to ${high}`
}
