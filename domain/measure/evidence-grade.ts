import type { Evidence, EvidenceGrade } from './baseline.ts'
import { ascending, quantile } from './quantiles.ts'
import { dayInWords, groupedNumber, shareInWords } from './wording.ts'
import { XMR_POINTS, xmrLimits, xmrSignals } from './xmr.ts'

/** What the grade of an imported log depends on. Instants in UTC ms. */
export type ImportedLog = {
  finished: readonly { endedAt: number; cycleMs: number }[]
  window: { from: number; to: number }
  zone: string
  rows: number
  refusedRows: number
  /** Cases of which the log knows every start. */
  casesWithTouch: number
  hasWait: boolean
  /** Share of recorded hands-on time outside the working calendar; null without one. */
  touchOutsideHoursShare: number | null
}

const CASES_FOR_B = 30
const CASES_FOR_C = 15
const REFUSED_SHARE_FOR_B = 0.05
const CASES_PER_WEEK = 5
const MUCH_OUTSIDE_HOURS = 0.2
const WEEK_MS = 7 * 86_400_000
/** 1970-01-05 was a Monday. */
const FIRST_MONDAY_MS = 4 * 86_400_000

/** An imported log is grade B at best: its cases were not assigned side by side with the pilot's. */
export function gradeImportedLog(log: ImportedLog): Evidence {
  const stability = weeklyStability(log)
  const refusedShare = log.rows === 0 ? 0 : log.refusedRows / log.rows
  return {
    grade: gradeOf(log.finished.length, { refusedShare, isUnstable: stability.kind === 'unstable' }),
    reasons: [
      casesInWords(log.finished.length),
      windowInWords(log),
      refusedInWords(log, refusedShare),
      stability.words,
      'Not grade A: no cases were worked by hand side by side with the pilot.',
    ],
    proves: provesOf(log),
    cannotProve: cannotProveOf(log),
  }
}

function gradeOf(finished: number, at: { refusedShare: number; isUnstable: boolean }): EvidenceGrade {
  if (finished < CASES_FOR_C) return 'D'
  const isB = finished >= CASES_FOR_B && at.refusedShare <= REFUSED_SHARE_FOR_B && !at.isUnstable
  return isB ? 'B' : 'C'
}

function casesInWords(finished: number): string {
  const imported =
    finished === 1
      ? '1 finished case was imported'
      : `${groupedNumber(finished)} finished cases were imported`
  if (finished >= CASES_FOR_B) return `${imported}; grade B needs ${CASES_FOR_B}.`
  const needed = finished >= CASES_FOR_C ? CASES_FOR_B : CASES_FOR_C
  const grade = finished >= CASES_FOR_C ? 'B' : 'C'
  return `Only ${imported}; grade ${grade} needs ${needed}.`
}

function windowInWords({ window, zone }: ImportedLog): string {
  const first = dayInWords(window.from, zone)
  const last = dayInWords(window.to, zone)
  return `The window is that of the file: ${first === last ? first : `${first} to ${last}`}.`
}

function refusedInWords(log: ImportedLog, share: number): string {
  if (log.refusedRows === 0) return 'No row was refused.'
  const counts = `${groupedNumber(log.refusedRows)} of ${groupedNumber(log.rows)} rows`
  return share > REFUSED_SHARE_FOR_B
    ? `${counts} were refused, more than the 5% that grade B allows.`
    : `${counts} (${shareInWords(share)}) were refused.`
}

type Stability = { kind: 'stable' | 'unstable' | 'unknown'; words: string }

/**
 * Weekly medians of cycle time on a behaviour chart whose limits are frozen on the first weeks. Only whole weeks of
 * the window count: a log begins with quick cases and ends with stragglers.
 */
function weeklyStability(log: ImportedLog): Stability {
  const firstWholeWeek = Math.ceil((log.window.from - FIRST_MONDAY_MS) / WEEK_MS)
  const afterLastWholeWeek = Math.floor((log.window.to - FIRST_MONDAY_MS) / WEEK_MS)
  const byWeek = new Map<number, number[]>()
  for (const { endedAt, cycleMs } of log.finished) {
    const week = Math.floor((endedAt - FIRST_MONDAY_MS) / WEEK_MS)
    if (week < firstWholeWeek || week >= afterLastWholeWeek) continue
    const known = byWeek.get(week)
    if (known) known.push(cycleMs)
    else byWeek.set(week, [cycleMs])
  }
  const medians = [...byWeek]
    .filter(([, cycles]) => cycles.length >= CASES_PER_WEEK)
    .toSorted(([a], [b]) => a - b)
    .map(([, cycles]) => quantile(ascending(cycles), 0.5) ?? 0)
  const limits = xmrLimits(medians.slice(0, XMR_POINTS.most))
  if (limits === null || medians.length < XMR_POINTS.least) {
    const weeks = medians.length === 1 ? '1 whole week has' : `${medians.length} whole weeks have`
    return {
      kind: 'unknown',
      words: `Whether cycle time was steady cannot be checked: ${weeks} ${CASES_PER_WEEK} finished cases or more, ${XMR_POINTS.least} are needed.`,
    }
  }
  const weeks = new Set(xmrSignals(medians, limits).map((signal) => signal.index)).size
  return weeks === 0
    ? { kind: 'stable', words: `Cycle time was steady over ${medians.length} weeks.` }
    : {
        kind: 'unstable',
        words: `Cycle time was not steady: ${weeks} of ${medians.length} weeks ${weeks === 1 ? 'stands' : 'stand'} out, so the past is no fixed mark to compare with.`,
      }
}

function provesOf(log: ImportedLog): string[] {
  const proves = [
    'How long cases took from their first to their last recorded step, and how much that varied.',
  ]
  if (log.casesWithTouch > 0)
    proves.push('How long people were busy with a case, as far as starts and ends were recorded.')
  if (log.hasWait) proves.push('How long steps waited before someone began.')
  proves.push('How often work was done again.')
  return proves
}

function cannotProveOf(log: ImportedLog): string[] {
  const gaps = [
    'That the pilot alone made a difference: these cases were worked at another time.',
    'What happened before the first and after the last recorded step.',
    'That every case is complete: one that was still open when the log was written looks finished.',
  ]
  if (log.casesWithTouch === 0)
    return ['How much hands-on time was spent: the log has one time per step.', ...gaps]
  const partial = log.finished.length - log.casesWithTouch
  if (partial > 0) {
    gaps.unshift(
      `Hands-on time of ${groupedNumber(partial)} of ${groupedNumber(log.finished.length)} cases: some of their starts are missing.`,
    )
  }
  gaps.push('Pauses inside a step that nobody recorded: start to end counts as hands-on.')
  const outside = log.touchOutsideHoursShare ?? 0
  if (outside > MUCH_OUTSIDE_HOURS) {
    gaps.push(
      `That all of the hands-on time was work: ${shareInWords(outside)} of it lies outside working hours, perhaps nights between start and end.`,
    )
  }
  return gaps
}
