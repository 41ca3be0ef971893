import { Link } from '@tanstack/react-router'
import { IconArrowRampRight, IconEyeCheck, IconHandStop, IconListCheck, IconUsers } from '@tabler/icons-react'
import type { ReactElement } from 'react'
import { durationInWords } from '#domain/measure/wording.ts'
import type { TaskKind, TaskSummary } from '#domain/views/tasks.ts'
import { BandWords } from '../task/band-words.tsx'
import { timeLeft } from '../task/time-left.ts'
import { kindWords } from '../task/words.ts'
import { Avatar } from '../ui/avatar.tsx'
import { PausedLabel } from '../ui/control-labels.tsx'
import { SampleLabel } from '../ui/labels.tsx'
import { Ring } from '../ui/ring.tsx'
import { instantWords } from '../ui/time-text.tsx'
import type { InboxSearch } from './inbox-search.ts'

type RowProps = {
  task: TaskSummary
  search: InboxSearch
  myId: string
  now: number
  isChosen: boolean
  onChoose: () => void
}

/** One item: how long there is, whose case it is and why it is here, the step, and who has it. */
export function TaskRow({ task, search, myId, now, isChosen, onChoose }: RowProps): ReactElement {
  const left = timeLeft(task, now)
  const age = durationInWords(
    Math.max(60_000, Math.floor((now - Date.parse(task.openedAt)) / 60_000) * 60_000),
  )
  return (
    <li className={`row ${isChosen ? 'chosen' : ''}`} aria-current={isChosen ? 'true' : undefined}>
      <div className={`sla num ${left.tone}`}>
        <Ring share={left.share} tone={left.tone} />
        <div>
          <span className="l1">
            {left.short}
            {task.dueAt !== null && left.tone !== 'over' && <span className="sr"> left</span>}
          </span>
          {task.dueAt !== null && <span className="l2">{dueWords(task.dueAt, now)}</span>}
        </div>
      </div>
      <div className="case">
        <Link
          to="/tasks/$taskId"
          params={{ taskId: task.id }}
          search={search}
          className="l1"
          data-row={task.id}
          onFocus={onChoose}
        >
          {task.caseTitle}
        </Link>
        <span className="l2 why">
          {task.sample && <SampleLabel />}
          {task.paused && <PausedLabel />}
          {task.why}
        </span>
      </div>
      <div className="proc">
        <span className="l1">{task.processName}</span>
        <span className="l2">{task.stepTitle}</span>
      </div>
      <div className="kb">
        <Kind kind={task.kind} />
        {task.band !== null && task.kind === 'review' && <BandWords band={task.band} count={task.toCheck} />}
      </div>
      <With task={task} myId={myId} age={age} />
    </li>
  )
}

/** The column is narrow: only a time of today needs to be told apart by "due". */
function dueWords(dueAt: string, now: number): string {
  const words = instantWords(dueAt, new Date(now))
  return /^\d\d:/.test(words) ? `due ${words}` : words
}

function Kind({ kind }: { kind: TaskKind }): ReactElement {
  const shared = { size: 16, stroke: 1.75, 'aria-hidden': true }
  const icon = {
    review: <IconEyeCheck {...shared} />,
    manual: <IconListCheck {...shared} />,
    'by-hand': <IconHandStop {...shared} />,
    exception: <IconArrowRampRight {...shared} />,
  }[kind]
  return (
    <span className={`kind ${kind}`}>
      {icon}
      {kindWords[kind]}
    </span>
  )
}

type WithProps = { task: TaskSummary; myId: string; age: string }

function With({ task, myId, age }: WithProps): ReactElement {
  const { assignee, reading } = task
  const reader = reading !== null && reading.person.id !== myId ? reading.person : null
  const person = reader ?? assignee
  const words =
    reader === null
      ? assignee === null
        ? 'Team'
        : assignee.id === myId
          ? 'You'
          : assignee.name
      : `${reader.name.split(' ')[0] ?? reader.name} reads`
  return (
    <div className="with num">
      {person === null ? (
        <span className="avatar team" aria-hidden="true">
          <IconUsers size={12} stroke={1.75} />
        </span>
      ) : (
        <Avatar name={person.name} />
      )}
      <div>
        <span className="l1">{words}</span>
        <span className="l2">
          {age}
          <span className="sr"> in the inbox</span>
        </span>
      </div>
    </div>
  )
}
