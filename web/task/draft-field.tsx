import { Checkbox } from '@mantine/core'
import { IconPencil } from '@tabler/icons-react'
import type { ReactElement } from 'react'
import type { DraftField } from '#domain/views/tasks.ts'
import { KeyHint } from '../ui/key-hint.tsx'
import { BandWords } from './band-words.tsx'
import { DiffText } from './diff-text.tsx'
import { FieldInput } from './field-input.tsx'
import { valueFrom, valueWords } from './field-values.ts'
import { otherValues } from './source-pane.tsx'
import type { TaskWork } from './use-task-work.ts'

/** Which two texts are compared; `off` while one edits. */
export type Comparing = 'off' | 'yours' | 'previous'

export type DraftFieldProps = {
  draft: DraftField
  work: TaskWork
  isCurrent: boolean
  comparing: Comparing
  onLook: () => void
  onSeeSource: () => void
}

/** A short field of the draft: what it says, where from, and how much it asks for attention. */
export function DraftFieldRow(props: DraftFieldProps): ReactElement {
  const { draft, work, isCurrent, comparing, onLook, onSeeSource } = props
  const { name, label } = draft.field
  const id = `field-${name}`
  const isYours = work.isChanged(name)
  const isChecked = work.form.checked.includes(name)
  const asks = draft.band === 'check-this' && !isYours && !isChecked
  const fault = work.faults.find((found) => found.name === name)
  const from = sourceLabel(draft, work)
  const compared = comparedTexts(draft, work, comparing)
  const tone = asks ? 'todo' : draft.band === 'cannot-tell' && !isYours ? 'cannot' : ''
  const hasNote = asks || tone === 'cannot' || isYours || compared !== null || fault !== undefined
  return (
    <div className={`f ${tone} ${isCurrent ? 'current' : ''}`} onFocus={onLook}>
      <label htmlFor={id}>{label}</label>
      <span className="cell">
        <FieldInput
          id={id}
          field={draft.field}
          value={work.valueOf(draft)}
          onChange={(value) => work.change(draft, value)}
          describedBy={hasNote ? `${id}-note` : undefined}
          invalid={fault !== undefined}
          look="quiet"
        />
      </span>
      <span className="ref">
        {from !== null && (
          <button type="button" onClick={onSeeSource} title={draft.says}>
            {from}
            <span className="sr">: see {label} in the source</span>
          </button>
        )}
      </span>
      <FieldBand draft={draft} work={work} />
      {hasNote && (
        <div className="note">
          <span id={`${id}-note`} className="num">
            {fault !== undefined && <span className="fault">{fault.words} </span>}
            {compared !== null && <DiffText before={compared.before} after={compared.after} />}
            {compared === null && (asks || tone === 'cannot') && draft.says}
            {compared === null && isYours && (
              <>The draft said: {valueWords(draft.field, draft.value) || 'nothing'}</>
            )}
          </span>
          <span className="note-acts">
            {asks &&
              otherValues(draft, work.task.sources).map((other) => (
                <button
                  key={other}
                  type="button"
                  className="link num"
                  onClick={() => work.change(draft, valueFrom(draft.field, other))}
                >
                  Use {other}
                </button>
              ))}
            {isYours && (
              <button type="button" className="link" onClick={() => work.change(draft, draft.value)}>
                Back to the draft
              </button>
            )}
            {asks && draft.evidence.length > 0 && (
              <button type="button" className="link phone-only" onClick={onSeeSource}>
                See in source
              </button>
            )}
          </span>
          {asks && (
            <Checkbox
              className="tick"
              id={tickId(name)}
              checked={false}
              onChange={() => work.tick(name, true)}
              label={
                <>
                  I checked this<span className="sr">: {label}</span> <KeyHint keys="Space" />
                </>
              }
            />
          )}
        </div>
      )}
    </div>
  )
}

export function tickId(name: string): string {
  return `tick-${name}`
}

/** The band of a field, or what the person has made of it. */
export function FieldBand({ draft, work }: { draft: DraftField; work: TaskWork }): ReactElement {
  const { name, label } = draft.field
  if (work.isChanged(name)) {
    return (
      <span className="band yours">
        <IconPencil size={16} stroke={1.75} aria-hidden />
        Yours
      </span>
    )
  }
  if (draft.band === 'check-this' && work.form.checked.includes(name)) {
    return (
      <Checkbox
        className="band checked"
        id={tickId(name)}
        checked
        onChange={() => work.tick(name, false)}
        label={
          <>
            You checked<span className="sr">: {label}</span>
          </>
        }
      />
    )
  }
  return <BandWords band={draft.band} />
}

/** The two texts to compare; null when nothing is compared or nothing differs. */
export function comparedTexts(
  draft: DraftField,
  work: TaskWork,
  comparing: Comparing,
): { before: string; after: string } | null {
  if (comparing === 'off') return null
  const now = valueWords(draft.field, work.valueOf(draft))
  const before =
    comparing === 'yours'
      ? valueWords(draft.field, draft.value)
      : earlierWords(draft, work.task.sentBack?.draft)
  return before === null || before === now ? null : { before, after: now }
}

type EarlierDraft = Record<string, DraftField['value']> | null | undefined

function earlierWords(draft: DraftField, earlier: EarlierDraft): string | null {
  const value = draft.previous ?? earlier?.[draft.field.name]
  return value === undefined || value === null ? null : valueWords(draft.field, value)
}

function sourceLabel(draft: DraftField, work: TaskWork): string | null {
  const first = draft.evidence[0]
  if (first === undefined) return null
  return work.task.sources.find((source) => source.field.name === first.field)?.field.label ?? null
}
