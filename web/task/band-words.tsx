import { IconAlertTriangle, IconCheck, IconHelpCircle } from '@tabler/icons-react'
import type { ReactElement } from 'react'
import type { Band } from '#domain/views/tasks.ts'
import './band-words.css'
import { bandWords } from './words.ts'

/** How much something asks for attention: a sign and words, never colour alone. */
export function BandWords({ band, count = 0 }: { band: Band; count?: number }): ReactElement {
  const shared = { size: 16, stroke: 1.75, 'aria-hidden': true }
  return (
    <span className={`band ${band}`}>
      {band === 'looks-right' && <IconCheck {...shared} />}
      {band === 'check-this' && <IconAlertTriangle {...shared} />}
      {band === 'cannot-tell' && <IconHelpCircle {...shared} />}
      {bandWords[band]}
      {count > 0 && <b className="num">{count}</b>}
    </span>
  )
}
