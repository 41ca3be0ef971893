import type { ReactElement } from 'react'

/** What colours, lines and marks mean; always in view. */
export function Legend(): ReactElement {
  return (
    <ul className="legend" aria-label="What the map's marks mean">
      <li>
        <span className="legend-band" data-tone="better" aria-hidden="true" />
        Better than by hand
      </li>
      <li>
        <span className="legend-band" data-tone="worse" aria-hidden="true" />
        Worse
      </li>
      <li>
        <span className="legend-band" data-tone="unknown" aria-hidden="true" />
        Cannot tell yet
      </li>
      <li>
        <svg width="26" height="8" aria-hidden="true" className="legend-line">
          <path d="M0 4H10" strokeWidth="1.5" />
          <path d="M12 4H26" strokeWidth="5" />
        </svg>
        Cases, share at splits
      </li>
      <li>
        <svg width="24" height="8" aria-hidden="true" className="legend-hand">
          <path d="M0 4H24" strokeDasharray="2 2.5" />
        </svg>
        By hand
      </li>
      <li>
        <span className="legend-case" aria-hidden="true" />
        Case moving now
      </li>
      <li>
        <span className="legend-interval" aria-hidden="true" />
        95 % interval
      </li>
    </ul>
  )
}
