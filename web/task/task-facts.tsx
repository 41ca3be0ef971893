import type { ReactElement } from 'react'
import { durationInWords } from '#domain/measure/wording.ts'
import type { TaskDetail, TaskSummary } from '#domain/views/tasks.ts'
import { Avatar } from '../ui/avatar.tsx'
import { Ring } from '../ui/ring.tsx'
import { Instant, instantWords, useNow } from '../ui/time-text.tsx'
import { useMe } from '../ui/use-me.ts'

/** Which step this is, how long there is, and who else looks at it. */
export function TaskFacts({ task }: { task: TaskDetail }): ReactElement {
  const me = useMe()
  const reading = task.reading !== null && task.reading.person.id !== me?.person?.id ? task.reading : null
  return (
    <div className="facts">
      <div className="desk-only">
        {task.place !== null && <span className="of num">{task.place}</span>}
        <h2 id="step-heading">{task.stepTitle}</h2>
      </div>
      <Pips number={task.stepNumber} count={task.stepCount} />
      <div className="facts-list">
        <TimeLeft task={task} />
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

/** The steps as small bars: done, this one, still to come. */
export function Pips({ number, count }: { number: number | null; count: number }): ReactElement | null {
  if (number === null || count < 2) return null
  const words = `${number - 1} of ${count} steps done, step ${number} now`
  return (
    <div className="pips" role="img" aria-label={words}>
      {Array.from({ length: count }, (_, index) => (
        <i key={index} className={index + 1 < number ? 'done' : index + 1 === number ? 'now' : ''} />
      ))}
    </div>
  )
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
        {task.dueAt !== null && <span className="dim">due {instantWords(task.dueAt, new Date(now))}</span>}
      </span>
    </div>
  )
}

/** How much time a task has left, in words and as the filling of its ring. */
export function timeLeft(
  { dueAt, used }: Deadline,
  now: number,
): { words: string; short: string; tone: 'calm' | 'warn' | 'over'; share: number } {
  if (dueAt === null) return { words: 'No deadline', short: 'No deadline', tone: 'calm', share: 0 }
  const ms = Date.parse(dueAt) - now
  const words = durationInWords(Math.max(0, Math.round(Math.abs(ms) / 60_000) * 60_000))
  if (ms < 0) return { words: `${words} over`, short: `${words} over`, tone: 'over', share: 1 }
  const share = 1 - Math.min(1, used ?? 0)
  return { words: `${words} left`, short: words, tone: share <= 0.2 ? 'warn' : 'calm', share }
}
