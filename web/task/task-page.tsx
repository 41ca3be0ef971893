import { useQuery } from '@tanstack/react-query'
import { Link, useParams } from '@tanstack/react-router'
import type { ReactElement } from 'react'
import type { TaskDetail } from '#domain/views/tasks.ts'
import { ask } from '../queries.ts'
import { usePageTitle } from '../ui/page-title.ts'
import { ErrorState, Loading } from '../ui/states.tsx'
import { ExceptionDesk } from './exception-desk.tsx'
import { ManualStep } from './manual-step.tsx'
import { ReviewWorkspace } from './review-workspace.tsx'
import { kindWords } from './words.ts'

/** One item of the inbox, on the screen that its kind needs. */
export default function TaskPage(): ReactElement {
  const { taskId } = useParams({ from: '/tasks/$taskId' })
  const task = useQuery(ask('task', { params: { taskId } }))
  if (task.data !== undefined) return <OpenTask key={taskId} task={task.data} />
  if (task.isError) {
    return (
      <ErrorState
        page
        error={task.error}
        what="This item could not be loaded"
        safe="Nothing was decided, and the case waits."
        onRetry={() => void task.refetch()}
        action={<Link to="/inbox">Back to the inbox</Link>}
      />
    )
  }
  return <Loading />
}

function OpenTask({ task }: { task: TaskDetail }): ReactElement {
  usePageTitle(`${task.caseTitle}, ${task.stepTitle}: ${kindWords[task.kind]}`)
  switch (task.kind) {
    case 'review':
      return <ReviewWorkspace latest={task} />
    case 'manual':
    case 'by-hand':
      return <ManualStep latest={task} />
    case 'exception':
      return <ExceptionDesk latest={task} />
  }
}
