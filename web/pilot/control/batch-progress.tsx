import { CloseButton } from '@mantine/core'
import { IconChevronRight } from '@tabler/icons-react'
import { Link } from '@tanstack/react-router'
import type { ReactElement } from 'react'
import type { ProcessMap } from '#domain/process-map.ts'
import type { CommandBatch } from '#domain/views/control.ts'
import { batchParts, batchWords } from './batch-words.ts'
import './control.css'

type BatchProgressProps = { map: ProcessMap; batch: CommandBatch; onClose?: () => void }

/** How far a command for many cases is, case by case where it did not simply succeed. */
export function BatchProgress({ map, batch, onClose }: BatchProgressProps): ReactElement {
  const words = batchWords(map, batch)
  const parts = batchParts(batch)
  const isDone = batch.status === 'done'
  const title = batch.total === 0 ? `${words.done}: no open case` : isDone ? words.done : words.doing
  return (
    <section className="batch" aria-label="Command for many cases" data-done={isDone || undefined}>
      <div className="batch-head">
        <p role="status" className="num">
          <b>{title}</b>
          {batch.total > 0 && (
            <span className="batch-sum">
              {batch.total} in all: {parts.map((part) => `${part.n} ${part.label}`).join(', ')}
            </span>
          )}
        </p>
        {isDone && onClose !== undefined && <CloseButton aria-label="Put this away" onClick={onClose} />}
      </div>
      {batch.total > 0 && (
        <div className="batch-bar" aria-hidden="true">
          {parts.map(
            (part) => part.n > 0 && <span key={part.key} data-part={part.key} style={{ flex: part.n }} />,
          )}
        </div>
      )}
      {batch.told.length > 0 && (
        <details className="batch-told">
          <summary>
            <IconChevronRight size={15} stroke={1.75} aria-hidden />
            {toldWords(batch)}
          </summary>
          <ul>
            {batch.told.map((item) => (
              <li key={item.caseId}>
                <Link to="/cases/$caseId" params={{ caseId: item.caseId }}>
                  {item.title}
                </Link>
                <span className="dim num">Case {item.number}</span>
                <span className="batch-status" data-part={item.status}>
                  {statusWords[item.status]}
                </span>
                <span>{item.why}</span>
              </li>
            ))}
          </ul>
        </details>
      )}
    </section>
  )
}

const statusWords: { [Status in CommandBatch['told'][number]['status']]: string } = {
  pending: 'to go',
  trying: 'trying',
  waiting: 'waiting',
  failed: 'failed',
  skipped: 'skipped',
}

function toldWords({ told, total, succeeded }: CommandBatch): string {
  const others = total - succeeded
  const shown = told.length < others ? `the first ${told.length} of ${others}` : String(told.length)
  return `Show ${shown} that did not simply succeed`
}
