import { Button } from '@mantine/core'
import { useEffect, useState, type ReactElement, type ReactNode } from 'react'
import { ApiError } from '../api.ts'
import { CopyButton } from './copy-button.tsx'

/** Nothing for 200 ms, then grey shapes: a quick answer never flickers. */
export function Loading({ rows = 5 }: { rows?: number }): ReactElement {
  const shown = useAfter(200)
  return (
    <div className="loading" role="status" aria-label="Loading">
      {shown && Array.from({ length: rows }, (_, row) => <div key={row} className="skeleton" />)}
    </div>
  )
}

function useAfter(milliseconds: number): boolean {
  const [passed, setPassed] = useState(false)
  useEffect(() => {
    const timer = setTimeout(() => setPassed(true), milliseconds)
    return () => clearTimeout(timer)
  }, [milliseconds])
  return passed
}

/** `page` where the state is all there is, so that its title is the page's. */
type Place = { page?: boolean }

function StateTitle({ page = false, children }: Place & { children: string }): ReactElement {
  return page ? <h1>{children}</h1> : <h2>{children}</h2>
}

type EmptyProps = Place & { title: string; children?: ReactNode; action?: ReactNode }

/** One sentence why there is nothing, and one action. */
export function EmptyState({ title, children, action, page = false }: EmptyProps): ReactElement {
  return (
    <section className="state">
      <StateTitle page={page}>{title}</StateTitle>
      {children !== undefined && <p>{children}</p>}
      {action !== undefined && <div className="actions">{action}</div>}
    </section>
  )
}

type ErrorProps = Place & {
  error: unknown
  /** What could not be done: "The inbox could not be loaded". */
  what: string
  /** What is not touched by it; by default nothing was changed. */
  safe?: string
  onRetry?: () => void
  action?: ReactNode
}

/** What happened, what is safe, what to do, and an id to pass on. */
export function ErrorState({ error, what, safe, onRetry, action, page = false }: ErrorProps): ReactElement {
  const problem = error instanceof ApiError ? error.body : null
  const reportId = problem?.requestId ?? ''
  return (
    <section className="state" role="alert">
      <StateTitle page={page}>
        {problem?.code === 'NotFound' ? 'This does not exist, or is not yours to see' : what}
      </StateTitle>
      <p>{wordsFor(error)}</p>
      <p>{safe ?? 'Nothing was changed.'}</p>
      <div className="actions">
        {onRetry !== undefined && <Button onClick={onRetry}>Try again</Button>}
        {action}
      </div>
      {reportId !== '' && (
        <div className="report-id">
          <span>If you ask for help, give this id:</span>
          <code>{reportId}</code>
          <CopyButton text={reportId} what="id" />
        </div>
      )}
    </section>
  )
}

/** A sentence for a person, whatever was thrown. */
export function wordsFor(error: unknown): string {
  if (error instanceof ApiError) return error.message
  return 'The page and the server do not understand each other. Reload the page; if it stays, the server is newer or older than the page.'
}
