import { CloseButton, Loader } from '@mantine/core'
import { IconAlertTriangle, IconCircleCheck } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useEffect, type ReactElement } from 'react'
import { ask } from '../queries.ts'
import { leaveTry, useTries, type Try } from './tries.ts'
import { tryOutcome, type TryOutcome } from './try-outcome.ts'
import './try-news.css'

/** The live stream brings the news; asking now and then keeps it true where that is cut. */
const askEveryMs = 4_000
const stayMs = 10_000

/** What became of the steps that were told to try again: first that they try, then what really happened. */
export function TryNews(): ReactElement | null {
  const tries = useTries((state) => state.tries)
  return (
    <div className="try-news" role="status">
      {tries.map((made) => (
        <TryCard key={made.taskId} made={made} />
      ))}
    </div>
  )
}

function TryCard({ made }: { made: Try }): ReactElement {
  const outcome = useOutcome(made)
  const isOver = outcome.kind !== 'trying' && outcome.kind !== 'came-back'
  useEffect(() => {
    if (!isOver) return
    const timer = setTimeout(() => leaveTry(made.taskId), stayMs)
    return () => clearTimeout(timer)
  }, [isOver, made.taskId])
  return (
    <div className="try-card" data-outcome={outcome.kind}>
      {outcome.kind === 'trying' ? (
        <Loader size={16} aria-hidden />
      ) : outcome.kind === 'came-back' ? (
        <IconAlertTriangle size={18} stroke={1.75} aria-hidden />
      ) : (
        <IconCircleCheck size={18} stroke={1.75} aria-hidden />
      )}
      <p>
        <b>{made.caseTitle}</b> {outcomeWords(made, outcome)}{' '}
        {outcome.kind === 'came-back' ? (
          <Link to="/tasks/$taskId" params={{ taskId: outcome.taskId }}>
            Look at it
          </Link>
        ) : (
          <Link to="/cases/$caseId" params={{ caseId: made.caseId }}>
            To the case
          </Link>
        )}
      </p>
      {outcome.kind !== 'trying' && (
        <CloseButton aria-label={`Put away: ${made.caseTitle}`} onClick={() => leaveTry(made.taskId)} />
      )}
    </div>
  )
}

function useOutcome(made: Try): TryOutcome {
  const detail = useQuery({
    ...ask('case', { params: { caseId: made.caseId } }),
    refetchInterval: askEveryMs,
  })
  const open = useQuery({
    ...ask('inbox', { query: { view: 'all', search: made.caseTitle.slice(0, 100), limit: '100' } }),
    refetchInterval: askEveryMs,
  })
  // What was known before the decision says nothing of the try.
  const isNews = Math.min(detail.dataUpdatedAt, open.dataUpdatedAt) > made.at
  if (detail.data === undefined || open.data === undefined || !isNews) return { kind: 'trying' }
  return tryOutcome(made, detail.data, open.data.items)
}

function outcomeWords(made: Try, outcome: TryOutcome): string {
  switch (outcome.kind) {
    case 'trying':
      return `is trying “${made.stepTitle}” again.`
    case 'went-through':
      return `went through “${made.stepTitle}”.`
    case 'by-hand':
      return `has “${made.stepTitle}” done by hand now.`
    case 'came-back':
      return `came back to the exception desk: ${outcome.why}`
    case 'ended':
      return `ended: ${outcome.state}`
  }
}
