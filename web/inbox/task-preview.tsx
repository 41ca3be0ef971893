import { Button } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { IconCheck, IconChevronLeft, IconChevronRight } from '@tabler/icons-react'
import type { ReactElement } from 'react'
import { isLongText } from '#domain/case-values.ts'
import type { TaskDetail, TaskSummary } from '#domain/views/tasks.ts'
import { ask } from '../queries.ts'
import { BandWords } from '../task/band-words.tsx'
import { valueWords } from '../task/field-values.ts'
import { Pips } from '../task/pips.tsx'
import { timeLeft } from '../task/time-left.ts'
import { causeWords } from '../task/words.ts'
import { KeyHint } from '../ui/key-hint.tsx'
import { PracticeModel } from '../ui/labels.tsx'
import { instantWords } from '../ui/time-text.tsx'

type PreviewProps = {
  task: TaskSummary
  position: number
  total: number
  now: number
  onMove: (by: 1 | -1) => void
  onOpen: () => void
}

const openWords = {
  review: 'Open review',
  manual: 'Open step',
  'by-hand': 'Open step',
  exception: 'Open exception',
} as const

/** What one would see on opening: enough to choose what comes first. */
export function TaskPreview(props: PreviewProps): ReactElement {
  const { task, position, total, now, onMove, onOpen } = props
  const detail = useQuery(ask('task', { params: { taskId: task.id } })).data
  const left = timeLeft(task, now)
  return (
    <aside className="preview" aria-label={`Chosen: ${task.caseTitle}`}>
      <div className="preview-in" tabIndex={0} role="group" aria-label="Preview">
        <div className="preview-pos num">
          {position} of {total}
          <div className="stepper" role="group" aria-label="Move in the list">
            <button
              type="button"
              aria-label="Previous row"
              aria-keyshortcuts="k"
              disabled={position === 1}
              onClick={() => onMove(-1)}
            >
              <IconChevronLeft size={16} stroke={1.75} />
              <KeyHint keys="K" />
            </button>
            <button
              type="button"
              aria-label="Next row"
              aria-keyshortcuts="j"
              disabled={position === total}
              onClick={() => onMove(1)}
            >
              <KeyHint keys="J" />
              <IconChevronRight size={16} stroke={1.75} />
            </button>
          </div>
        </div>
        <h2>{task.caseTitle}</h2>
        <p className="preview-at">
          {task.processName}
          <br />
          {[detail?.place, task.stepTitle].filter((part) => typeof part === 'string').join(', ')}
        </p>
        {detail !== undefined && <Pips number={detail.stepNumber} count={detail.stepCount} />}
        <dl className="preview-facts num">
          <dt>Due</dt>
          <dd>
            <b>{left.words}</b>
            {task.dueAt !== null && `, ${instantWords(task.dueAt, new Date(now))}`}
          </dd>
          <dt>Here since</dt>
          <dd>{instantWords(task.openedAt, new Date(now))}</dd>
          {task.reading !== null && (
            <>
              <dt>Reading</dt>
              <dd>
                {task.reading.person.name}, since {instantWords(task.reading.since, new Date(now))}
              </dd>
            </>
          )}
        </dl>
        {detail !== undefined && <Content detail={detail} />}
      </div>
      <div className="preview-acts">
        <Button
          variant="tonal"
          fullWidth
          justify="space-between"
          rightSection={<KeyHint keys="Enter" />}
          onClick={onOpen}
        >
          {openWords[task.kind]}
        </Button>
      </div>
    </aside>
  )
}

function Content({ detail }: { detail: TaskDetail }): ReactElement {
  const asking = detail.draft.filter(({ band }) => band !== 'looks-right')
  const others = detail.draft.length - asking.length
  const text = detail.draft.find(({ field, value }) => isLongText(field) && value !== null)
  if (detail.failure !== null) {
    return (
      <>
        <h3>What went wrong</h3>
        <div className="excerpt">
          <p>
            <b>{causeWords(detail.failure.cause)}.</b> {detail.failure.message}
          </p>
        </div>
      </>
    )
  }
  if (detail.kind !== 'review') {
    return (
      <>
        <h3>What to do</h3>
        {detail.guidance.lines.length === 0 ? (
          <p className="dim">{detail.why}</p>
        ) : (
          <ol className="preview-lines">
            {detail.guidance.lines.map((line) => (
              <li key={line}>{line}</li>
            ))}
          </ol>
        )}
      </>
    )
  }
  return (
    <>
      {asking.length > 0 && (
        <>
          <h3>Needs your eye</h3>
          <ul className="eye">
            {asking.map(({ field, value, band, says }) => (
              <li key={field.name}>
                <div className="top">
                  <span>{field.label}</span>
                  <BandWords band={band} />
                </div>
                <p className="num">
                  <b>{isLongText(field) ? '' : valueWords(field, value) || 'Empty'}</b>
                  {says}
                </p>
              </li>
            ))}
            {others > 0 && (
              <li className="rest">
                <IconCheck size={16} stroke={1.75} aria-hidden />
                {others} {others === 1 ? 'other looks' : 'others look'} right
              </li>
            )}
          </ul>
        </>
      )}
      {asking.length === 0 && detail.draft.length > 0 && (
        <ul className="eye">
          <li className="rest">
            <IconCheck size={16} stroke={1.75} aria-hidden />
            Everything looks right
          </li>
        </ul>
      )}
      {text !== undefined && (
        <>
          <h3>{text.field.label} begins</h3>
          <p className="excerpt">{beginning(String(text.value))}</p>
        </>
      )}
      <p className="preview-made">
        {detail.draftNumber > 0 && `Draft ${detail.draftNumber} `}
        {detail.practice && <PracticeModel />}
      </p>
    </>
  )
}

function beginning(text: string): string {
  const words = text.replaceAll(/\s+/g, ' ').trim()
  if (words.length <= 260) return words
  return `${words.slice(0, 260).replace(/\s\S*$/, '')} …`
}
