import { IconPlayerPause } from '@tabler/icons-react'
import type { ReactElement } from 'react'
import type { TaskDetail, TaskSummary } from '#domain/views/tasks.ts'
import { Avatar } from '../ui/avatar.tsx'
import { Ring } from '../ui/ring.tsx'
import { Instant, instantWords, useNow } from '../ui/time-text.tsx'
import { useMe } from '../ui/use-me.ts'
import { Pips } from './pips.tsx'
import { timeLeft } from './time-left.ts'

/** Which step this is, how long there is, and who else looks at it. */
export function TaskFacts({ task }: { task: TaskDetail }): ReactElement {
  const me = useMe()
  const reading = task.reading !== null && task.reading.person.id !== me?.person?.id ? task.reading : null
  return (
    <div className="facts">
      <div className="facts-title">
        {task.place !== null && <span className="of num">{task.place}</span>}
        <h2 id="step-heading">{task.stepTitle}</h2>
      </div>
      <Pips number={task.stepNumber} count={task.stepCount} />
      <div className="facts-list">
        <TimeLeft task={task} />
        {task.paused && (
          <div className="fact">
            <span className="lead">
              <IconPlayerPause size={18} stroke={1.75} aria-hidden />
            </span>
            <span>
              <b>The case is paused</b>{' '}
              <span className="dim">you can decide now; it goes on when it is resumed</span>
            </span>
          </div>
        )}
        {reading !== null && (
          <div className="fact">
            <span className="lead">
              <Avatar name={reading.person.name} />
            </span>
            <span>
              <b>{reading.person.name}</b>{' '}
              <span className="dim">
                is reading this too, since <Instant at={reading.since} />
              </span>
            </span>
          </div>
        )}
        {task.need > 1 && (
          <div className="fact">
            <span className="lead" />
            <span>
              <b>{task.need} people decide</b>{' '}
              <span className="dim">
                {task.votes.length === 0
                  ? 'nobody has yet'
                  : `${task.votes.map((person) => person.name).join(', ')} said yes`}
              </span>
            </span>
          </div>
        )}
      </div>
    </div>
  )
}

function dueWords(dueAt: string, now: number): string {
  const words = instantWords(dueAt, new Date(now))
  return /^\d/.test(words) && words.length === 5 ? `today ${words}` : words
}

type Deadline = Pick<TaskSummary, 'dueAt' | 'used'>

function TimeLeft({ task }: { task: Deadline }): ReactElement {
  const now = useNow()
  const left = timeLeft(task, now)
  return (
    <div className="fact num">
      <span className="lead">
        <Ring share={left.share} tone={left.tone} size={20} />
      </span>
      <span>
        <b className={left.tone}>{left.words}</b>{' '}
        {task.dueAt !== null && <span className="dim">due {dueWords(task.dueAt, now)}</span>}
      </span>
    </div>
  )
}
