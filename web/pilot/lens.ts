import type { Figure } from '#domain/views/common.ts'
import type { Canvas, StepFigures } from '#domain/views/pilots.ts'
import type { Step } from '#domain/process-map.ts'
import { figureWords, type Tone } from './figure-words.ts'
import type { Lens } from './pilot-search.ts'
import { percentWords } from './shares.ts'

export const lensWords: { [Name in Lens]: { name: string; what: string } } = {
  time: { name: 'Time', what: 'Median time per step, calendar' },
  wait: { name: 'Wait', what: 'Median wait before work starts, calendar' },
  rework: { name: 'Rework', what: 'Share of visits that were a repeat' },
  adoption: { name: 'Adoption', what: 'Drafts used as they are or edited' },
  volume: { name: 'Volume', what: 'Visits finished of those begun' },
}

/** The coloured band of a step under one lens, in words. */
export type BandWords = {
  tone: Tone | 'plain'
  value: string
  /** Beside the value: the signed difference, or what is missing for one. */
  aside: string | null
  under: string
  n: string
  sentence: string
}

export function bandOf(lens: Lens, figures: StepFigures): BandWords {
  switch (lens) {
    case 'time':
      return figureBand(figures.lead, 'median')
    case 'wait':
      return figureBand(figures.wait, 'median wait')
    case 'rework':
      return figures.entered === 0
        ? nothing('no visits yet')
        : plain(
            percentWords(figures.repeated / figures.entered),
            `${figures.repeated} of ${figures.entered} visits`,
            'repeated',
            figures.entered,
          )
    case 'adoption':
      return adoptionBand(figures)
    case 'volume':
      return plain(String(figures.finished), `of ${figures.entered} begun`, 'finished', figures.entered)
  }
}

function figureBand(figure: Figure, what: string): BandWords {
  const words = figureWords(figure)
  return {
    tone: words.tone,
    value: words.value,
    aside:
      figure.state === 'unknown' || figure.state === 'no-baseline'
        ? null
        : (words.difference ?? words.unsure),
    under: words.byHand ?? 'no figure by hand',
    n: `n ${figure.n}`,
    sentence: `${what} ${words.sentence}`,
  }
}

function adoptionBand({ drafts }: StepFigures): BandWords {
  if (drafts === null) return nothing('no drafts here')
  const decided = drafts.accepted + drafts.edited + drafts.sentBack + drafts.rejected + drafts.byHand
  if (decided === 0)
    return nothing(drafts.pending > 0 ? `${drafts.pending} with a reviewer` : 'no drafts decided')
  const kept = drafts.accepted + drafts.edited
  return plain(percentWords(kept / decided), `${drafts.edited} of them edited`, 'of drafts used', decided)
}

function plain(value: string, under: string, aside: string, n: number): BandWords {
  return { tone: 'plain', value, aside, under, n: `n ${n}`, sentence: `${value} ${aside}, ${under}` }
}

function nothing(why: string): BandWords {
  return { tone: 'plain', value: '–', aside: null, under: why, n: '', sentence: why }
}

/** The band of an end: how many cases came to it. */
export function endBand(
  figures: StepFigures | undefined,
  totals: Pick<Canvas, 'started' | 'throughput'>,
): BandWords {
  const finished = figures?.finished ?? 0
  const perWeek = totals.throughput.value
  return {
    tone: 'plain',
    value: String(finished),
    aside: 'finished',
    under: `of ${totals.started} started`,
    n: perWeek === null ? '' : `${perWeek.toFixed(1)} a week`,
    sentence: `${finished} of ${totals.started} cases finished`,
  }
}

/** Forks and joins take no time of their own, and an end takes none at all. */
export function hasTime(step: Step): boolean {
  return step.kind !== 'end' && step.kind !== 'fork' && step.kind !== 'join'
}

/** The band of a fork or join: how many cases passed. */
export function passedBand(figures: StepFigures): BandWords {
  const words = figures.finished === 1 ? 'case passed' : 'cases passed'
  return {
    tone: 'plain',
    value: String(figures.finished),
    aside: 'passed',
    under: `of ${figures.entered} that came`,
    n: '',
    sentence: `${figures.finished} ${words}`,
  }
}

/** "Step 3 of 9, Draft proposal, AI draft, 3 waiting, median 4 min, by hand 22 min, …" */
export function stepSentence(input: {
  place: string
  step: Step
  kind: string
  detail: string | null
  waiting: number
  stuck: number
  band: BandWords | null
  isBottleneck: boolean
  byHand: boolean
}): string {
  return [
    input.place,
    input.step.title,
    input.kind,
    input.detail,
    input.step.kind === 'end' ? null : `${input.waiting} waiting`,
    input.stuck === 0 ? null : `${input.stuck} stuck`,
    input.band?.sentence ?? 'no cases yet',
    input.isBottleneck ? 'bottleneck' : null,
    input.byHand ? 'done by hand for now' : null,
  ]
    .filter((part) => part !== null)
    .join(', ')
}
