import { memo, type ReactElement } from 'react'
import { useCanvas } from './canvas-store.ts'

/** The arrow into the first step with the number of cases begun. */
export const StartMark = memo(function StartMark(): ReactElement {
  const started = useCanvas((state) => state.totals?.started ?? 0)
  return (
    <div className="start-mark">
      <span className="num">
        <span className="sr">Cases started: </span>
        {started}
      </span>
      <svg width="30" height="14" aria-hidden="true">
        <path d="M0 7H20" strokeWidth="5" />
        <polygon points="30 7 19 0.5 19 13.5" />
      </svg>
    </div>
  )
})
