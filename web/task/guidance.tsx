import { IconChevronRight } from '@tabler/icons-react'
import type { ReactElement } from 'react'
import type { Guidance as GuidanceOf } from '#domain/process-map.ts'
import { CopyButton } from '../ui/copy-button.tsx'

/** How this step is done here: at most seven lines, one good example, a prompt to copy. */
export function Guidance({ guidance }: { guidance: GuidanceOf }): ReactElement | null {
  const { lines, goodExample, promptToCopy } = guidance
  if (lines.length === 0 && goodExample === null && promptToCopy === null) return null
  const parts = [
    lines.length > 0 ? `${lines.length} ${lines.length === 1 ? 'line' : 'lines'}` : '',
    goodExample === null ? '' : '1 example',
  ].filter((part) => part !== '')
  return (
    <details className="how">
      <summary>
        <IconChevronRight size={16} stroke={1.75} aria-hidden />
        How we do this
        <span className="meta num">{parts.join(', ')}</span>
      </summary>
      {lines.length > 0 && (
        <ol>
          {lines.map((line) => (
            <li key={line}>{line}</li>
          ))}
        </ol>
      )}
      {goodExample !== null && <Quoted title="A good one" text={goodExample} what="example" />}
      {promptToCopy !== null && (
        <Quoted title="Prompt for your own assistant" text={promptToCopy} what="prompt" />
      )}
    </details>
  )
}

export function Quoted({ title, text, what }: { title: string; text: string; what: string }): ReactElement {
  return (
    <div className="quoted">
      <header>
        <h3>{title}</h3>
        <CopyButton text={text} what={what} />
      </header>
      <p>{text}</p>
    </div>
  )
}
