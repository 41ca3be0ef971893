import type { ReactElement } from 'react'
import './pips.css'

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
