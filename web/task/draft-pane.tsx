import { IconCornerUpLeft, IconFileDiff } from '@tabler/icons-react'
import type { ReactElement } from 'react'
import { isLongText } from '#domain/case-values.ts'
import type { DraftField } from '#domain/views/tasks.ts'
import { KeyHint } from '../ui/key-hint.tsx'
import { PracticeModel } from '../ui/labels.tsx'
import { Instant } from '../ui/time-text.tsx'
import { DiffText } from './diff-text.tsx'
import {
  comparedTexts,
  DraftFieldRow,
  FieldBand,
  tickId,
  type Comparing,
  type DraftFieldProps,
} from './draft-field.tsx'
import { FieldInput } from './field-input.tsx'
import type { TaskWork } from './use-task-work.ts'

type DraftPaneProps = {
  work: TaskWork
  current: string | null
  comparing: Comparing
  /** What can be compared now, in the order that D walks through. */
  comparable: Comparing[]
  onCompare: (comparing: Comparing) => void
  onLook: (name: string) => void
  onSeeSource: (name: string) => void
}

/** The draft: short fields as rows, long texts below, all edited in place. */
export function DraftPane(props: DraftPaneProps): ReactElement {
  const { work, current, comparing, onLook, onSeeSource } = props
  const { task } = work
  const rows = task.draft.filter(({ field }) => !isLongText(field))
  const texts = task.draft.filter(({ field }) => isLongText(field))
  const shared = (draft: DraftField): DraftFieldProps => ({
    draft,
    work,
    comparing,
    isCurrent: current === draft.field.name,
    onLook: () => onLook(draft.field.name),
    onSeeSource: () => onSeeSource(draft.field.name),
  })
  return (
    <section className="pane draft" aria-labelledby="draft-heading">
      <div className="pane-head">
        <h2 id="draft-heading">{task.draftNumber > 0 ? `Draft ${task.draftNumber}` : 'Draft'}</h2>
        {task.drafted !== null && (
          <p className="made num">
            {task.practice && <PracticeModel />}
            <span className="made-by" title={task.drafted.by}>
              {madeWords(task.drafted)}
            </span>
          </p>
        )}
      </div>
      <div className="pane-scroll" tabIndex={0} role="group" aria-label="Draft, edited in place">
        {task.sentBack !== null && (
          <p className="prior">
            <IconCornerUpLeft size={16} stroke={1.75} aria-hidden />
            <span>
              {task.sentBack.by.name} sent draft {Math.max(1, task.draftNumber - 1)} back,{' '}
              <Instant at={task.sentBack.at} />:{' '}
              <span className="prior-why">
                {task.sentBack.reason}
                {task.sentBack.note !== null && ` “${task.sentBack.note}”`}
              </span>
            </span>
          </p>
        )}
        {work.form.carried && (
          <p className="prior">
            <IconCornerUpLeft size={16} stroke={1.75} aria-hidden />
            <span>What you had typed was kept. It now stands on this draft.</span>
          </p>
        )}
        <div className="fields">
          {rows.map((draft) => (
            <DraftFieldRow key={draft.field.name} {...shared(draft)} />
          ))}
        </div>
        {texts.map((draft) => (
          <LongField key={draft.field.name} {...props} {...shared(draft)} />
        ))}
      </div>
    </section>
  )
}

type Drafted = NonNullable<TaskWork['task']['drafted']>

function madeWords({ by, model, promptVersion }: Drafted): string {
  const maker = model ?? by
  return promptVersion === null ? maker : `${maker}, prompt ${promptVersion}`
}

type LongFieldProps = Pick<DraftPaneProps, 'comparable' | 'onCompare'> & DraftFieldProps

function LongField(props: LongFieldProps): ReactElement {
  const { draft, work, comparing, comparable, onCompare, onLook } = props
  const { name, label } = draft.field
  const id = `field-${name}`
  const compared = comparedTexts(draft, work, comparing)
  const asks = draft.band === 'check-this' && !work.isChanged(name) && !work.form.checked.includes(name)
  const fault = work.faults.find((found) => found.name === name)
  return (
    <div className={`long-field ${asks ? 'todo' : ''}`} onFocus={onLook}>
      <div className="long-head">
        <label htmlFor={id} id={`${id}-label`}>
          {label}
        </label>
        <FieldBand draft={draft} work={work} />
        <div className="right">
          {work.isChanged(name) && (
            <button type="button" className="link" onClick={() => work.change(draft, draft.value)}>
              Back to the draft
            </button>
          )}
          {comparable.length > 0 && (
            <CompareButton
              comparing={comparing}
              comparable={comparable}
              draftNumber={work.task.draftNumber}
              onCompare={onCompare}
            />
          )}
        </div>
      </div>
      {(asks || draft.band === 'cannot-tell') && <p className="long-says">{draft.says}</p>}
      {fault !== undefined && <p className="fault">{fault.words}</p>}
      {asks && (
        <label className="tick-line">
          <input type="checkbox" id={tickId(name)} checked={false} onChange={() => work.tick(name, true)} />
          I checked this<span className="sr">: {label}</span>
        </label>
      )}
      {compared === null ? (
        <FieldInput
          id={id}
          field={draft.field}
          value={work.valueOf(draft)}
          onChange={(value) => work.change(draft, value)}
          invalid={fault !== undefined}
          look="quiet"
        />
      ) : (
        <div className="prose" role="group" aria-labelledby={`${id}-label`}>
          <DiffText before={compared.before} after={compared.after} />
        </div>
      )}
    </div>
  )
}

type CompareProps = {
  comparing: Comparing
  comparable: Comparing[]
  draftNumber: number
  onCompare: (comparing: Comparing) => void
}

function CompareButton({ comparing, comparable, draftNumber, onCompare }: CompareProps): ReactElement {
  const offered = comparing === 'off' ? (comparable[0] ?? 'off') : comparing
  return (
    <button
      type="button"
      className="toggle"
      aria-pressed={comparing !== 'off'}
      aria-keyshortcuts="d"
      onClick={() => onCompare(nextComparing(comparing, comparable))}
    >
      <IconFileDiff size={16} stroke={1.75} aria-hidden />
      {offered === 'yours' ? 'Your changes' : `Changes since draft ${Math.max(1, draftNumber - 1)}`}
      <KeyHint keys="D" />
    </button>
  )
}

/** What D shows next: each comparison once, then the text to edit again. */
export function nextComparing(comparing: Comparing, comparable: Comparing[]): Comparing {
  const index = comparable.indexOf(comparing)
  return comparable[index + 1] ?? 'off'
}
