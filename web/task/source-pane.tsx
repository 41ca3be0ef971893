import { IconFileText, IconPaperclip } from '@tabler/icons-react'
import { useEffect, useRef, type ReactElement } from 'react'
import { isLongText } from '#domain/case-values.ts'
import type { DraftField, TaskDetail } from '#domain/views/tasks.ts'
import { KeyHint } from '../ui/key-hint.tsx'
import { CopyButton } from '../ui/copy-button.tsx'
import { valueWords } from './field-values.ts'
import { markSpans, type Piece, type Span } from './mark-spans.ts'

type Source = TaskDetail['sources'][number]

type SourcePaneProps = {
  sources: Source[]
  /** The field that is looked at; its places in the source are marked. */
  current: DraftField | null
  /** Which of its places is looked at, from 0. */
  place: number
  onPlace: (place: number) => void
}

/** What the draft was made from, with the places that the current field came from. */
export function SourcePane({ sources, current, place, onPlace }: SourcePaneProps): ReactElement {
  const scroll = useRef<HTMLDivElement>(null)
  const texts = sources.filter((source) => isText(source))
  const facts = sources.filter((source) => !isText(source))
  const fieldName = current?.field.name
  useEffect(() => {
    if (fieldName === undefined) return
    const mark = scroll.current?.querySelector(`[data-evidence="${evidenceKey(fieldName, place + 1)}"]`)
    mark?.scrollIntoView({ block: 'center', behavior: 'auto' })
  }, [fieldName, place])

  return (
    <section className="pane source" aria-labelledby="source-heading">
      <div className="pane-head">
        <h2 id="source-heading">Source</h2>
        {texts.length + (facts.length > 0 ? 1 : 0) > 1 && (
          <nav className="jump" aria-label="Jump in the source">
            {texts.slice(0, 2).map(({ field }) => (
              <a key={field.name} href={`#source-${field.name}`}>
                <IconFileText size={16} stroke={1.75} aria-hidden />
                <span>{field.label}</span>
              </a>
            ))}
            {facts.length > 0 && (
              <a href="#source-facts">
                <IconPaperclip size={16} stroke={1.75} aria-hidden />
                <span>Details</span>
              </a>
            )}
          </nav>
        )}
      </div>
      <EvidenceBar current={current} place={place} onPlace={onPlace} />
      <div
        className="pane-scroll"
        ref={scroll}
        tabIndex={0}
        role="group"
        aria-label="What the draft was made from"
      >
        {sources.length === 0 && <p className="dim">This step was given nothing to read.</p>}
        {texts.map((source) => (
          <article key={source.field.name} className="source-text" id={`source-${source.field.name}`}>
            <header>
              <h3>{source.field.label}</h3>
              <CopyButton text={String(source.value)} what="text" />
            </header>
            <div className="source-words">
              <Marked source={source} current={current} />
            </div>
          </article>
        ))}
        {facts.length > 0 && (
          <section className="facts-card" id="source-facts" aria-labelledby="facts-heading">
            <header>
              <IconPaperclip size={16} stroke={1.75} aria-hidden />
              <h3 id="facts-heading">Details given</h3>
            </header>
            <dl>
              {facts.map((source) => (
                <div key={source.field.name} id={`source-${source.field.name}`}>
                  <dt>{source.field.label}</dt>
                  <dd className="num">
                    {source.value === null ? (
                      <span className="dim">left blank</span>
                    ) : (
                      <Marked source={source} current={current} />
                    )}
                  </dd>
                </div>
              ))}
            </dl>
          </section>
        )}
      </div>
    </section>
  )
}

function evidenceKey(fieldName: string, tag: number): string {
  return `${fieldName}-${tag}`
}

function isText({ field, value }: Source): boolean {
  return isLongText(field) || (typeof value === 'string' && value.length > 120)
}

function EvidenceBar({ current, place, onPlace }: Omit<SourcePaneProps, 'sources'>): ReactElement {
  const total = current?.evidence.length ?? 0
  return (
    <div className="evidence" data-found={total > 0 ? '' : undefined} aria-live="polite">
      {current === null && <span>Choose a field to see where it comes from</span>}
      {current !== null && total === 0 && (
        <span>
          No source found for <b>{current.field.label}</b>
        </span>
      )}
      {current !== null && total > 0 && (
        <>
          <span>
            Evidence for <b>{current.field.label}</b>
          </span>
          <span className="evidence-step num">
            <span className="small">
              {place + 1} of {total}
            </span>
            <button
              type="button"
              aria-label="Previous evidence"
              aria-keyshortcuts="["
              disabled={total < 2}
              onClick={() => onPlace((place - 1 + total) % total)}
            >
              <KeyHint keys="[" />
              <span className="phone-only" aria-hidden="true">
                ‹
              </span>
            </button>
            <button
              type="button"
              aria-label="Next evidence"
              aria-keyshortcuts="]"
              disabled={total < 2}
              onClick={() => onPlace((place + 1) % total)}
            >
              <KeyHint keys="]" />
              <span className="phone-only" aria-hidden="true">
                ›
              </span>
            </button>
          </span>
        </>
      )}
    </div>
  )
}

function Marked({ source, current }: { source: Source; current: DraftField | null }): ReactElement {
  const text = typeof source.value === 'string' ? source.value : valueWords(source.field, source.value)
  const pieces = markSpans(text, spansIn({ source, current, text }))
  return (
    <>
      {pieces.map((piece, index) => (
        <MarkedPiece key={index} piece={piece} fieldName={current?.field.name ?? ''} />
      ))}
    </>
  )
}

function MarkedPiece({ piece, fieldName }: { piece: Piece; fieldName: string }): ReactElement {
  if (piece.mark === null) return <>{piece.text}</>
  return (
    <mark
      data-evidence={evidenceKey(fieldName, piece.mark.tag)}
      className={piece.mark.differs ? 'differs' : ''}
    >
      {piece.text}
      <span className="tag" aria-hidden="true">
        {piece.mark.tag}
      </span>
      <span className="sr">
        {' '}
        (evidence {piece.mark.tag}
        {piece.mark.differs ? ', differs from the draft' : ''})
      </span>
    </mark>
  )
}

type Where = { source: Source; current: DraftField | null; text: string }

function spansIn({ source, current, text }: Where): Span[] {
  if (current === null) return []
  return current.evidence.flatMap(({ field, from, to }, index) => {
    if (field !== source.field.name) return []
    const says = text.slice(from, to)
    return [{ from, to, tag: index + 1, differs: current.band === 'check-this' && !agrees(says, current) }]
  })
}

/** Whether the words in the source hold the drafted value, whatever the spelling of spaces and capitals. */
function agrees(says: string, { field, value }: DraftField): boolean {
  const plain = (words: string): string => words.toLowerCase().replaceAll(/\s+/g, ' ').trim()
  const drafted = plain(value === null ? '' : String(value))
  const shown = plain(valueWords(field, value))
  return drafted === '' || plain(says).includes(drafted) || plain(says).includes(shown)
}

/** Short values elsewhere in the source that differ from the draft: offered as "Use 12". */
export function otherValues(draft: DraftField, sources: readonly Source[]): string[] {
  if (draft.band !== 'check-this') return []
  const found = draft.evidence.flatMap(({ field, from, to }) => {
    const source = sources.find((candidate) => candidate.field.name === field)
    if (source === undefined || source.value === null) return []
    const says = String(source.value).slice(from, to).trim()
    const isShort = says !== '' && says.length <= 40
    const fits = draft.field.type === 'number' ? /^\d+([.,]\d+)?$/.test(says) : draft.field.type === 'text'
    return isShort && fits && !agrees(says, draft) ? [says] : []
  })
  return [...new Set(found)].slice(0, 2)
}
