import { useState } from 'react'
import type { TaskSummary } from '#domain/views/tasks.ts'

type CalmRows = {
  /** What one sees: rows leave at once, but come only when asked for. */
  rows: TaskSummary[]
  waiting: number
  showWaiting: () => void
}

/** Rows that come while one reads wait behind a button, so that nothing moves under the hand. */
export function useCalmRows(items: readonly TaskSummary[], listKey: string): CalmRows {
  const [known, setKnown] = useState({ listKey, ids: new Set(items.map(({ id }) => id)) })
  const isSameList = known.listKey === listKey
  const rows = isSameList ? items.filter(({ id }) => known.ids.has(id)) : [...items]
  const showWaiting = (): void => setKnown({ listKey, ids: new Set(items.map(({ id }) => id)) })

  // Another list, or one that has run empty: nothing is being read, so everything comes at once.
  if (!isSameList || (rows.length === 0 && items.length > 0)) {
    showWaiting()
    return { rows: [...items], waiting: 0, showWaiting }
  }
  return { rows, waiting: items.length - rows.length, showWaiting }
}
