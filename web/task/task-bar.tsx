import { ActionIcon } from '@mantine/core'
import { Link, useSearch } from '@tanstack/react-router'
import { IconArrowLeft, IconCheck, IconChevronLeft, IconChevronRight } from '@tabler/icons-react'
import type { ReactElement, ReactNode } from 'react'
import type { TaskDetail } from '#domain/views/tasks.ts'
import { KeyHint } from '../ui/key-hint.tsx'
import { SampleLabel } from '../ui/labels.tsx'
import type { Queue } from './use-queue.ts'

type TaskBarProps = { task: TaskDetail; queue: Queue; children?: ReactNode }

/** Whose case this is, and where it stands in the queue. */
export function TaskBar({ task, queue, children }: TaskBarProps): ReactElement {
  const search = useSearch({ from: '/tasks/$taskId' })
  const { place, next, previous } = queue
  return (
    <header className="task-bar">
      <Link to="/inbox" search={search} className="icon-link" aria-label="Back to the inbox">
        <IconArrowLeft size={18} stroke={1.75} />
      </Link>
      <div className="task-name">
        <h1>{task.caseTitle}</h1>
        <span className="sub phone-only num">
          {task.sample && 'Sample: '}
          {[task.stepTitle, task.place?.toLowerCase()].filter((part) => part !== undefined).join(', ')}
        </span>
      </div>
      <Link
        to="/cases/$caseId"
        params={{ caseId: task.caseId }}
        className="sub desk-only"
        title="See the case"
      >
        {task.processName}
      </Link>
      {task.sample && <SampleLabel />}
      {children}
      <div className="queue num">
        {place !== null && (
          <>
            <span className="pos">
              {place.position} of {place.total}
            </span>
            <progress
              className="desk-only"
              value={place.position - 1}
              max={place.total}
              aria-label={`${place.position - 1} of ${place.total} before this one`}
            />
          </>
        )}
        {next !== null && queue.isNextLoaded && (
          <span className="next desk-only">
            <IconCheck size={16} stroke={1.75} aria-hidden />
            Next is loaded: {next.caseTitle}
          </span>
        )}
        <div className="stepper desk-only" role="group" aria-label="Move in the queue">
          <button
            type="button"
            disabled={previous === null}
            aria-label="Previous item"
            aria-keyshortcuts="k"
            onClick={() => queue.go(previous)}
          >
            <IconChevronLeft size={16} stroke={1.75} />
            <KeyHint keys="K" />
          </button>
          <button
            type="button"
            disabled={next === null}
            aria-label="Next item"
            aria-keyshortcuts="j"
            onClick={() => queue.go(next)}
          >
            <KeyHint keys="J" />
            <IconChevronRight size={16} stroke={1.75} />
          </button>
        </div>
        <ActionIcon
          className="phone-only"
          variant="subtle"
          color="gray"
          size={44}
          disabled={next === null}
          aria-label="Next item"
          onClick={() => queue.go(next)}
        >
          <IconChevronRight size={20} stroke={1.75} />
        </ActionIcon>
      </div>
    </header>
  )
}
