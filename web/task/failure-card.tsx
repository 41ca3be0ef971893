import { IconAlertTriangle, IconChevronRight } from '@tabler/icons-react'
import type { ReactElement } from 'react'
import type { TaskDetail } from '#domain/views/tasks.ts'
import { CopyButton } from '../ui/copy-button.tsx'
import { causeWords } from './words.ts'

type Failure = NonNullable<TaskDetail['failure']>

/** Why a person is asked: the cause in words, what was said, and the raw text for who wants it. */
export function FailureCard({ failure }: { failure: Failure }): ReactElement {
  const { cause, message, rawText } = failure
  return (
    <section className="failure" aria-labelledby="failure-heading">
      <h3 id="failure-heading">
        <IconAlertTriangle size={18} stroke={1.75} aria-hidden />
        {causeWords(cause)}
      </h3>
      <p>{message}</p>
      {rawText !== null && (
        <details className="how">
          <summary>
            <IconChevronRight size={16} stroke={1.75} aria-hidden />
            What came back, word for word
          </summary>
          <pre tabIndex={0}>{rawText}</pre>
          <CopyButton text={rawText} what="text" />
        </details>
      )}
    </section>
  )
}
