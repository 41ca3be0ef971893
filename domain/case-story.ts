import type { CaseEvent, CaseEventOf, NewerEvent } from './case-events.ts'
import { inOrder } from './event-order.ts'
import { stepNumbers } from './graph.ts'
import { placedSteps, stepAt, type MapTree, type PlacedStep } from './map-tree.ts'
import type { ProcessMap, StepKind } from './process-map.ts'
import type { CaseDetail, StoryLine } from './views/cases.ts'
import { visitOf } from './visits.ts'

type Told = MapTree & { events: CaseEvent[]; newer?: NewerEvent[] }
type Icon = StoryLine['icon']

/** What happened to a case, in business words, in the order in which it happened. */
export function storyOf(told: Told): StoryLine[] {
  const teller = createTeller(told)
  const lines = inOrder(told.events).flatMap((event) => teller(event))
  const newer = (told.newer ?? []).map((event) => newerLine(event, told))
  return [...lines, ...newer].toSorted((a, b) => Date.parse(a.at) - Date.parse(b.at))
}

function newerLine({ key, at, stepId }: NewerEvent, tree: MapTree): StoryLine {
  const placed = stepId === undefined ? null : stepAt(tree, stepId)
  return {
    ...noDetail,
    key,
    at,
    icon: placed === null ? 'received' : iconOf[placed.step.kind],
    title: placed?.titles.join(' › ') ?? 'Told by a newer version',
    stepId: placed === null ? null : (stepId ?? null),
    what: 'A newer version of Throughline knows what happened here. Load the page again when all of it has been upgraded.',
  }
}

/** What a line says nothing of, until it does. */
export const noDetail = {
  place: null,
  who: null,
  quote: null,
  late: null,
  exception: null,
  aiMs: null,
  peopleMs: null,
  waitedMs: null,
  documentId: null,
} satisfies Partial<StoryLine>

function createTeller({ events, ...tree }: Told): (event: CaseEvent) => StoryLine[] {
  const { map } = tree
  const numbers = stepNumbers(map)
  const steps: Steps = new Map(placedSteps(tree).map(({ path, placed }) => [path, placed]))
  const desks = deskPeriods(events)

  const lineOf = (
    event: CaseEvent,
    placed: PlacedStep | null,
    line: Partial<StoryLine> & { what: string },
  ): StoryLine => {
    const step = placed?.step ?? null
    const path = 'stepId' in event && step !== null ? event.stepId : null
    const number = path === null ? undefined : numbers.get(path.split('/')[0] ?? path)
    const desk = desks.find((period) => isAtDesk(event, period))
    return {
      ...noDetail,
      key: event.key,
      at: event.at,
      icon: step === null ? 'received' : iconOf[step.kind],
      title: placed === null ? 'Received' : `${placed.titles.join(' › ')}${entryWords(event)}`,
      stepId: path,
      place: number === undefined ? null : `Step ${number} of ${numbers.size}${againWords(event)}`,
      exception:
        desk === undefined ? (step?.lane == null ? null : laneName(placed, step.lane)) : 'Exception desk',
      ...line,
    }
  }

  return (event) => {
    const step = 'stepId' in event ? (steps.get(event.stepId) ?? null) : null
    switch (event.type) {
      case 'case-started':
        return [
          lineOf(event, null, { who: event.by.name, what: channelWords[event.channel] ?? 'A new case.' }),
        ]
      case 'draft-stored':
        return [lineOf(event, step, draftLine(event, events))]
      case 'draft-failed':
        return [
          lineOf(event, step, {
            icon: 'exception',
            who: 'AI',
            what: `AI could not do this: ${event.message}`,
          }),
        ]
      case 'task-decided':
        return [lineOf(event, step, decidedLine(event, { events, map }))]
      case 'task-undone':
        return [lineOf(event, step, { who: event.by.name, what: 'Took the decision back.' })]
      case 'vote-counted':
        return [
          lineOf(event, step, {
            who: event.by.name,
            what:
              event.votes === 0
                ? 'Changed the draft: everybody reads it again.'
                : `Approved, vote ${event.votes}.`,
          }),
        ]
      case 'sla-breached':
        return [
          lineOf(event, step, {
            icon: 'clock',
            what:
              event.askedToo === null ? 'The time allowed is over.' : 'Still open: the owner is asked too.',
            late: event.tier === 0 ? 'late' : `late, reminder ${event.tier}`,
          }),
        ]
      case 'branch-taken':
        return [lineOf(event, step, { what: branchWords(event, steps) })]
      case 'exception-entered': {
        const target = event.to === null ? null : besides(event, event.to, steps)
        const lane = target?.step.lane ?? null
        return [
          lineOf(event, step, {
            icon: 'exception',
            what: event.message === '' ? causeWords(event.cause) : event.message,
            exception: lane === null ? (event.to === null ? 'Exception desk' : null) : laneName(target, lane),
          }),
        ]
      }
      case 'exception-closed':
        return [
          lineOf(event, step, { icon: 'exception', what: `Solved: ${closedWords[event.how] ?? event.how}.` }),
        ]
      case 'case-stalled':
        return [lineOf(event, null, { icon: 'exception', title: 'Stuck', what: stallWords[event.why] })]
      case 'case-went-on':
        return [lineOf(event, null, { icon: 'clock', title: 'Going on', what: 'The case moves again.' })]
      case 'case-ended':
        return [
          lineOf(event, null, {
            icon: 'end',
            title: event.status === 'done' ? 'Done' : 'Stopped',
            what: event.outcome,
          }),
        ]
      case 'wait-began':
        return [lineOf(event, step, { icon: 'wait', what: waitWords(event) })]
      case 'message-received':
        return [lineOf(event, step, { icon: 'wait', what: `The message “${event.message}” came.` })]
      case 'message-unread':
        return [
          lineOf(event, null, {
            icon: 'wait',
            title: 'Message not needed',
            what: `The message “${event.message}” had come, and the case ended without waiting for it.`,
          }),
        ]
      case 'call-answered':
        return [
          lineOf(event, step, {
            who: event.connection,
            what: `Answered ${event.method} with ${event.status}${triesWords(event.attempts)}.`,
          }),
        ]
      case 'call-failed':
        return [lineOf(event, step, { icon: 'exception', who: event.connection, what: event.message })]
      case 'item-failed':
        return [
          lineOf(event, step, {
            icon: 'exception',
            what: `Entry ${event.item + 1} failed: ${event.message}`,
          }),
        ]
      case 'list-finished':
        return [lineOf(event, step, { what: listWords(event) })]
      case 'exception-raised':
        return [
          lineOf(event, step, {
            icon: 'exception',
            who: event.by.name,
            what: 'Says that the case does not fit here.',
            quote: event.note === '' ? null : event.note,
          }),
        ]
      case 'case-paused':
        return [
          lineOf(event, null, {
            icon: 'clock',
            title: 'Paused',
            who: event.by.name,
            what: `Paused it: ${event.reason}`,
          }),
        ]
      case 'case-resumed':
        return [
          lineOf(event, null, {
            icon: 'clock',
            title: 'Resumed',
            who: event.by.name,
            what: 'Let it go on; deadlines moved by the time it stood still.',
            waitedMs: event.pausedMs,
          }),
        ]
      case 'went-by-hand':
        return [
          lineOf(event, null, {
            icon: 'manual',
            title: 'By hand',
            who: event.by.name,
            what: `${byHandScope(event.onlyStep, steps)} goes on without AI: ${event.reason}`,
          }),
        ]
      case 'came-back':
        return [
          lineOf(event, null, {
            icon: 'ai',
            title: 'With AI again',
            who: event.by.name,
            what: `${byHandScope(event.onlyStep, steps)} goes on as mapped.`,
          }),
        ]
      case 'case-moved':
        return [
          lineOf(event, null, {
            icon: 'decision',
            title: 'Moved',
            who: event.by.name,
            what: `Goes on in version ${event.toVersion} of the map, before in version ${event.fromVersion}.`,
          }),
        ]
      case 'step-undone':
        return [
          lineOf(event, step, {
            icon: event.how === null ? 'exception' : 'manual',
            what: undoneWords(event, steps),
            quote: event.note,
          }),
        ]
      // Told by the lines above: entering and finishing a step, opening a task, and where a send-back led.
      case 'step-entered':
      case 'step-finished':
      case 'step-abandoned':
      case 'task-opened':
      case 'task-withdrawn':
      case 'sent-back':
        return []
    }
  }
}

type Steps = ReadonlyMap<string, PlacedStep>

function laneName(placed: PlacedStep | null, lane: string): string {
  return placed?.map.exceptions.find(({ id }) => id === lane)?.name ?? lane
}

/** A step of the map in which the event's own step stands. */
function besides({ stepId }: { stepId: string }, id: string, steps: Steps): PlacedStep | null {
  return steps.get(`${stepId.slice(0, stepId.lastIndexOf('/') + 1)}${id}`) ?? null
}

function entryWords(event: CaseEvent): string {
  const entry = 'execId' in event ? /\[(\d+)\]/.exec(event.execId)?.[1] : undefined
  return entry === undefined ? '' : `, entry ${Number(entry) + 1}`
}

function waitWords({ until, message }: CaseEventOf<'wait-began'>): string {
  if (message !== null) return `Waits for the message “${message}”.`
  return until === null ? 'Waits.' : `Waits until ${until.slice(0, 16).replace('T', ' ')} UTC.`
}

function triesWords(attempts: number): string {
  return attempts > 1 ? `, at try ${attempts}` : ''
}

function listWords({ items, done, failed }: CaseEventOf<'list-finished'>): string {
  const all = items === 1 ? 'The one entry is' : `All ${items} entries are`
  if (items === 0) return 'The list is empty.'
  return failed === 0 ? `${all} done.` : `${done} of ${items} entries are done, ${failed} failed.`
}

function byHandScope(stepId: string | null, steps: Steps): string {
  return stepId === null ? 'The whole case' : `“${steps.get(stepId)?.step.title ?? stepId}”`
}

function undoneWords({ undoes, how }: CaseEventOf<'step-undone'>, steps: Steps): string {
  const stepId = undoes.replace(/(\[\d+\])*#.*$/, '')
  const title = steps.get(stepId)?.step.title ?? stepId
  return how === null ? `“${title}” was left as it is.` : `“${title}” was undone.`
}

function againWords(event: CaseEvent): string {
  const visit = 'execId' in event ? Number(/#(\d+)/.exec(event.execId)?.[1] ?? 1) : 1
  return visit > 1 ? ', again' : ''
}

const iconOf: Record<StepKind, Icon> = {
  ai: 'ai',
  manual: 'manual',
  review: 'review',
  decision: 'decision',
  fork: 'decision',
  join: 'decision',
  'for-each': 'decision',
  wait: 'wait',
  call: 'call',
  'sub-process': 'decision',
  end: 'end',
}

const channelWords: Record<string, string> = {
  form: 'Filled in as a form.',
  csv: 'Came with a file of many.',
  sample: 'A sample text, written for trying this out.',
  again: 'Begun again with the same values, in place of a case that the engine had lost.',
  api: 'Sent by another system.',
}

const closedWords: Record<string, string> = {
  'fix-and-retry': 'the data was mended and the step tried again',
  retry: 'the step was tried again',
  skip: 'the step was skipped',
  'by-hand': 'done by hand',
  stop: 'the case was stopped',
}

const stallWords: Record<CaseEventOf<'case-stalled'>['why'], string> = {
  failing: 'The engine cannot take its next step and keeps trying. It goes on by itself once that is mended.',
  lost: 'The engine has no record of this case, so it cannot go on. What was done is kept here.',
}

function draftLine(
  event: CaseEventOf<'draft-stored'>,
  events: CaseEvent[],
): Partial<StoryLine> & { what: string } {
  const finished = finishOf(event, events)
  const model = event.practice ? `practice model (${event.model})` : event.model
  const tries = event.attempts > 1 ? `, ${event.attempts} tries` : ''
  return {
    who: 'AI',
    what: `Drafted by ${model}, prompt version ${event.promptVersion}${tries}.`,
    aiMs: finished?.machineMs ?? null,
    waitedMs: finished?.waitMs ?? null,
    documentId: event.documentId,
  }
}

function finishOf(
  event: { execId: string; at: string },
  events: CaseEvent[],
): CaseEventOf<'step-finished'> | undefined {
  return events
    .filter((other) => other.type === 'step-finished')
    .filter((other) => visitOf(other) === visitOf(event) && Date.parse(other.at) >= Date.parse(event.at))
    .toSorted((a, b) => Date.parse(a.at) - Date.parse(b.at))
    .at(0)
}

const actionWords: Record<string, string> = {
  approve: 'Approved it.',
  edit: 'Corrected it and approved.',
  'send-back': 'Sent it back',
  reject: 'Rejected it: it is done by hand',
  'by-hand': 'Goes on by hand',
  complete: 'Did it.',
  'cannot-complete': 'Could not do it',
  'fix-and-retry': 'Mended the data and let it be tried again.',
  retry: 'Let it be tried again.',
  skip: 'Skipped it and gave what it would have given.',
  stop: 'Stopped the case',
}

function decidedLine(
  event: CaseEventOf<'task-decided'>,
  { events, map }: { events: CaseEvent[]; map: ProcessMap },
): Partial<StoryLine> & { what: string } {
  const words = actionWords[event.action] ?? event.action
  const why = event.reason === null ? '' : reasonWords(event.reason, map)
  const what = words.endsWith('.') ? words : `${words}${why === '' ? '' : `: ${why}`}.`
  const late = events.some(
    (other) => other.type === 'sla-breached' && other.taskId === event.taskId && other.tier === 0,
  )
  return {
    ...(event.kind === 'exception' ? { icon: 'exception' as const } : {}),
    who: event.by.name,
    what,
    quote: event.note,
    peopleMs: event.touchMs,
    waitedMs: waitOf(event, events),
    late: late ? lateWords(event, events) : null,
  }
}

function reasonWords(reason: string, map: ProcessMap): string {
  const code = reason.replace(/^business:/, '')
  const lane = map.exceptions.find((candidate) => candidate.id === code)
  return lane?.name ?? reason
}

/** From the opening of the task to its decision, without the time somebody worked on it. */
function waitOf(event: CaseEventOf<'task-decided'>, events: CaseEvent[]): number | null {
  const opened = openingOf(event, events)
  if (opened === undefined) return null
  return Math.max(0, Date.parse(event.at) - Date.parse(opened.at) - (event.touchMs ?? 0))
}

function openingOf(
  event: { taskId: string; at: string },
  events: CaseEvent[],
): CaseEventOf<'task-opened'> | undefined {
  return events
    .filter((other) => other.type === 'task-opened')
    .filter((other) => other.taskId === event.taskId && Date.parse(other.at) <= Date.parse(event.at))
    .toSorted((a, b) => Date.parse(b.at) - Date.parse(a.at))
    .at(0)
}

function lateWords(event: CaseEventOf<'task-decided'>, events: CaseEvent[]): string {
  const due = openingOf(event, events)?.dueAt ?? null
  const minutes = due === null ? 0 : Math.round((Date.parse(event.at) - Date.parse(due)) / 60_000)
  if (minutes < 1) return 'late'
  return minutes < 60
    ? `${minutes} min late`
    : `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, '0')} late`
}

function branchWords(event: CaseEventOf<'branch-taken'>, steps: Steps): string {
  const target = besides(event, event.to, steps)?.step.title ?? event.to
  return event.label === 'otherwise' ? `On to: ${target}.` : `${event.label}. On to: ${target}.`
}

function causeWords(cause: string): string {
  const words: Record<string, string> = {
    'ai-unavailable': 'AI was not available.',
    'ai-invalid': 'What AI answered could not be used.',
    'ai-declined': 'AI declined to answer.',
    'timed-out': 'It took too long.',
    'sla-breached': 'It was not done in the time allowed.',
    expression: 'A condition could not be decided.',
    data: 'Some data did not fit.',
    'loop-limit': 'The case came by here too often.',
  }
  return words[cause] ?? cause.replace(/^business:/, '').replaceAll('-', ' ')
}

type DeskPeriod = { visit: string; from: number; to: number }

/** When the case stood at the exception desk. */
function deskPeriods(events: CaseEvent[], until = Infinity): DeskPeriod[] {
  return events.flatMap((event): DeskPeriod[] => {
    if (event.type !== 'exception-entered' || event.to !== null) return []
    const from = Date.parse(event.at)
    const ends = events
      .filter(
        (other) =>
          other.type === 'case-ended' ||
          ((other.type === 'exception-closed' ||
            other.type === 'step-finished' ||
            other.type === 'step-abandoned') &&
            visitOf(other) === visitOf(event)),
      )
      .map((other) => Date.parse(other.at))
      .filter((at) => at >= from)
    return [{ visit: visitOf(event), from, to: Math.min(until, ...ends) }]
  })
}

function isAtDesk(event: CaseEvent, period: DeskPeriod): boolean {
  const at = Date.parse(event.at)
  return 'execId' in event && visitOf(event) === period.visit && at >= period.from && at <= period.to
}

/** Steps passed, in the order in which they were entered. */
export function pathOf(events: CaseEvent[]): CaseDetail['path'] {
  const finished = new Set(events.filter((event) => event.type === 'step-finished').map(visitOf))
  const abandoned = new Set(events.filter((event) => event.type === 'step-abandoned').map(visitOf))
  const hasEnded = events.some((event) => event.type === 'case-ended')
  return inOrder(events).flatMap((event) => {
    if (event.type !== 'step-entered') return []
    const isDone = finished.has(visitOf(event))
    const isLeft = hasEnded || abandoned.has(visitOf(event))
    return [
      {
        stepId: event.stepId,
        visit: event.visit,
        state: isDone ? ('done' as const) : isLeft ? ('abandoned' as const) : ('here' as const),
      },
    ]
  })
}

/** Where the time went, from the start to the end or to now: AI, people, exceptions, and the waiting that is left. */
export function timePartsOf(
  { events, ...tree }: Told,
  span: { startedAt: string; until: number },
): CaseDetail['timeParts'] {
  const total = Math.max(0, span.until - Date.parse(span.startedAt))
  const outside = exceptionPeriods({ ...tree, events }, span.until)
  const isOutside = (at: string): boolean =>
    outside.some((period) => Date.parse(at) >= period.from && Date.parse(at) <= period.to)

  const parts: CaseDetail['timeParts'] = []
  let left = total
  const take = (part: CaseDetail['timeParts'][number]): void => {
    const ms = Math.min(left, part.ms)
    left -= ms
    if (ms > 0) parts.push({ ...part, ms })
  }
  const machine = events
    .filter((event) => event.type === 'step-finished')
    .filter((event) => !isOutside(event.at))
  take({ label: 'AI', kind: 'ai', ms: sum(machine.map((event) => event.machineMs ?? 0)) })
  const decided = events
    .filter((event) => event.type === 'task-decided')
    .filter((event) => !isOutside(event.at))
  take({ label: 'People', kind: 'people', ms: sum(decided.map((event) => event.touchMs ?? 0)) })
  for (const [label, ms] of periodsByLabel(outside)) take({ label, kind: 'exception', ms })

  const waits = new Map<string, number>()
  for (const event of decided) {
    if ((stepAt(tree, event.stepId)?.step.lane ?? null) !== null) continue
    waits.set(event.stepId, (waits.get(event.stepId) ?? 0) + (waitOf(event, events) ?? 0))
  }
  for (const [stepId, ms] of [...waits].toSorted(([, a], [, b]) => b - a).slice(0, 2)) {
    const title = stepAt(tree, stepId)?.step.title ?? stepId
    take({ label: `Waiting: ${title}`, kind: 'waiting', ms })
  }
  take({
    label: parts.some((part) => part.kind === 'waiting') ? 'Other waiting' : 'Waiting',
    kind: 'waiting',
    ms: left,
  })
  return parts
}

type Period = { label: string; from: number; to: number }

/** Time at the exception desk and on exception branches; what overlaps is counted once. */
function exceptionPeriods({ events, ...tree }: Told, until: number): Period[] {
  const periods: Period[] = deskPeriods(events, until).map(({ from, to }) => ({
    label: 'Exception desk',
    from,
    to,
  }))
  for (const event of events) {
    if (event.type !== 'step-entered') continue
    const placed = stepAt(tree, event.stepId)
    const lane = placed?.step.lane ?? null
    if (lane === null) continue
    const finish = events.find((other) => other.type === 'step-finished' && visitOf(other) === visitOf(event))
    periods.push({
      label: `Exception: ${laneName(placed, lane)}`,
      from: Date.parse(event.at),
      to: finish === undefined ? until : Date.parse(finish.at),
    })
  }
  const apart: Period[] = []
  for (const period of periods.toSorted((a, b) => a.from - b.from)) {
    const from = Math.max(period.from, apart.at(-1)?.to ?? -Infinity)
    if (period.to > from) apart.push({ ...period, from })
  }
  return apart
}

function periodsByLabel(periods: Period[]): Map<string, number> {
  const sums = new Map<string, number>()
  for (const { label, from, to } of periods) sums.set(label, (sums.get(label) ?? 0) + to - from)
  return sums
}

function sum(values: number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
