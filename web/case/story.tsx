import {
  IconAlertTriangle,
  IconArrowsSplit2,
  IconCheck,
  IconChevronRight,
  IconClock,
  IconEyeCheck,
  IconFlag3,
  IconHourglass,
  IconMail,
  IconPlugConnected,
  IconSparkles,
  IconUserEdit,
  type Icon,
} from '@tabler/icons-react'
import { useId, useState, type ReactElement, type ReactNode } from 'react'
import type { CaseDetail, StoryLine } from '#domain/views/cases.ts'
import { useNow } from '#web/ui/time-text.tsx'
import { durationWords } from '../pilot/durations.ts'
import { clockOf, zoneWords, type Clock } from './clock.ts'
import { storyDays, storySums, type StoryPart } from './story-groups.ts'

const icons: { [Name in StoryLine['icon']]: Icon } = {
  received: IconMail,
  ai: IconSparkles,
  manual: IconUserEdit,
  review: IconEyeCheck,
  decision: IconArrowsSplit2,
  call: IconPlugConnected,
  wait: IconHourglass,
  exception: IconAlertTriangle,
  clock: IconClock,
  end: IconFlag3,
}

/** What happened to a case, in order, with what it cost: AI, people, waiting. */
export function Story({ detail, toCome }: { detail: CaseDetail; toCome: ReactNode }): ReactElement {
  const clock = clockOf(detail.zone)
  const zone = zoneWords(detail.zone)
  const days = storyDays(detail.story, clock.day)
  const sums = storySums(detail.story)
  const isOpen = detail.endedAt === null
  return (
    <section className="story" aria-labelledby="story-title">
      <div className="story-columns">
        <div>
          <h2 id="story-title">Story</h2>
          {zone !== null && <span className="dim">{zone}</span>}
        </div>
        <span className="story-times" aria-hidden="true">
          <span>AI</span>
          <span>People</span>
          <span>Waited</span>
        </span>
      </div>
      <ol className="story-line">
        {days.map(({ day, parts }) => (
          <li key={`${day} ${keyOf(parts[0])}`} className="story-day">
            <h3>{day}</h3>
            <ol>
              {parts.map((part) =>
                part.kind === 'line' ? (
                  <Line key={keyOf(part)} line={part.line} clock={clock} />
                ) : (
                  <ExceptionBox key={keyOf(part)} part={part} isOpen={isOpen} clock={clock} />
                ),
              )}
            </ol>
          </li>
        ))}
        {isOpen && <NowLine detail={detail} />}
        <li className="story-sum">
          <span>{isOpen ? 'So far' : 'In all'}</span>
          <Times ai={sums.aiMs} people={sums.peopleMs} waited={sums.waitedMs} />
        </li>
        {toCome}
      </ol>
    </section>
  )
}

function keyOf(part: StoryPart | undefined): string {
  if (part === undefined) return ''
  return part.kind === 'line' ? part.line.key : (part.lines[0]?.key ?? part.name)
}

type ExceptionPart = Extract<StoryPart, { kind: 'exception' }>

type ExceptionBoxProps = { part: ExceptionPart; isOpen: boolean; clock: Clock }

function ExceptionBox({ part, isOpen, clock }: ExceptionBoxProps): ReactElement {
  const now = useNow()
  const first = part.lines[0]
  const from = first === undefined ? 0 : Date.parse(first.at)
  const to =
    part.until === null ? (isOpen ? now : Date.parse(part.lines.at(-1)?.at ?? '')) : Date.parse(part.until)
  const took = durationWords(Math.max(0, to - from))
  return (
    <li className="story-exception">
      <h4>
        <IconAlertTriangle size={16} stroke={1.75} aria-hidden />
        Exception: {part.name}
        <span className="story-chip num" data-tone={part.until === null ? 'open' : 'good'}>
          {part.until !== null && <IconCheck size={13} aria-hidden />}
          {part.until !== null
            ? `Repaired in ${took}`
            : isOpen
              ? `Open for ${took}`
              : `Ended here after ${took}`}
        </span>
      </h4>
      <ol>
        {part.lines.map((line, index) => (
          <Line key={line.key} line={line} clock={clock} before={part.lines[index - 1] ?? first} />
        ))}
      </ol>
    </li>
  )
}

/** `before` is the line above it in a box, where no day heading stands. */
type LineProps = { line: StoryLine; clock: Clock; before?: StoryLine | undefined }

function Line({ line, clock, before }: LineProps): ReactElement {
  // Who paused or resumed it is part of the story; time that passes by itself is not.
  if (line.icon === 'clock' && line.who === null) return <IdleLine line={line} clock={clock} />
  const Face = icons[line.icon]
  const newDay = before !== undefined && clock.day(before.at) !== clock.day(line.at)
  return (
    <li className="story-event">
      <time className="story-at num" dateTime={line.at}>
        {newDay && `${clock.weekday(line.at)} `}
        {clock.time(line.at)}
      </time>
      <span className="story-dot" aria-hidden="true">
        <Face size={15} stroke={1.75} />
      </span>
      <div className="story-body">
        <p className="story-head">
          <b>{line.title}</b>
          {line.place !== null && <span className="dim num">{line.place}</span>}
          {line.late !== null && (
            <span className="story-chip num" data-tone="late">
              <IconClock size={13} aria-hidden />
              {line.late}
            </span>
          )}
        </p>
        {(line.who !== null || line.what !== '') && (
          <p className="story-what">
            {line.who !== null && <span className="story-who">{line.who}</span>} {line.what}
          </p>
        )}
        {line.quote !== null && <blockquote>{line.quote}</blockquote>}
      </div>
      <Times ai={line.aiMs} people={line.peopleMs} waited={line.waitedMs} />
    </li>
  )
}

/** Time in which nothing happened, in one quiet row. */
function IdleLine({ line, clock }: { line: StoryLine; clock: Clock }): ReactElement {
  const [isOpen, setOpen] = useState(false)
  const moreId = useId()
  return (
    <li className="story-idle">
      <div className="story-idle-body">
        <button type="button" aria-expanded={isOpen} aria-controls={moreId} onClick={() => setOpen(!isOpen)}>
          <IconChevronRight size={14} aria-hidden />
          {line.title}
        </button>
        <p id={moreId} hidden={!isOpen}>
          {line.waitedMs !== null &&
            `${idleFrom(line, clock)} to ${clock.time(line.at)} on ${clock.day(line.at)}. `}
          {line.what}
        </p>
      </div>
      <Times ai={line.aiMs} people={line.peopleMs} waited={line.waitedMs} />
    </li>
  )
}

function idleFrom(line: StoryLine, clock: Clock): string {
  const from = new Date(Date.parse(line.at) - (line.waitedMs ?? 0)).toISOString()
  return `From ${clock.time(from)} on ${clock.day(from)}`
}

function NowLine({ detail }: { detail: CaseDetail }): ReactElement {
  return (
    <li className="story-event story-now">
      <span className="story-at">now</span>
      <span className="story-dot" aria-hidden="true">
        <IconClock size={15} stroke={1.75} />
      </span>
      <div className="story-body">
        <p className="story-head">
          <b>{detail.state}</b>
        </p>
        <p className="story-what num">{detail.detail}</p>
      </div>
    </li>
  )
}

type TimesProps = { ai: number | null; people: number | null; waited: number | null }

function Times({ ai, people, waited }: TimesProps): ReactElement {
  const cell = (label: string, ms: number | null): ReactElement => (
    <span>
      {ms !== null && (
        <>
          <span className="story-times-label">{label} </span>
          {durationWords(ms)}
        </>
      )}
    </span>
  )
  return (
    <span className="story-times num">
      {cell('AI', ai)}
      {cell('people', people)}
      {cell('waited', waited)}
    </span>
  )
}
