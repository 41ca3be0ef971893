import { Button } from '@mantine/core'
import { useEffect, useId, useRef, useState, type ReactElement } from 'react'
import type { TaskAction } from '#domain/views/tasks.ts'
import { KeyHint } from '../ui/key-hint.tsx'
import { useKeys } from '../ui/use-keys.ts'
import { byHandReasons, stuckReasons } from './words.ts'

/** The decisions that want a reason. */
export type ReasonedAction = Extract<
  TaskAction,
  'send-back' | 'reject' | 'by-hand' | 'cannot-complete' | 'skip' | 'stop'
>

type PanelWords = { title: string; hint: string; submit: string; reasons: readonly string[] }

export function panelWords(action: ReasonedAction, reasons: string[]): PanelWords {
  switch (action) {
    case 'send-back':
      return {
        title: 'Send back',
        hint: 'Your reason goes into the next draft.',
        submit: 'Send back',
        reasons,
      }
    case 'reject':
      return {
        title: 'Reject',
        hint: 'The case leaves its normal path. Say why, so that its owner knows.',
        submit: 'Reject',
        reasons,
      }
    case 'by-hand':
      return {
        title: 'Do it by hand',
        hint: 'No blame: the case goes on, a person does this step.',
        submit: 'Do it by hand',
        reasons: byHandReasons,
      }
    case 'cannot-complete':
      return {
        title: 'What stops you?',
        hint: 'The owner gets it with your words; the case does not get lost.',
        submit: 'Tell the owner',
        reasons: reasons.length > 0 ? reasons : stuckReasons,
      }
    case 'skip':
      return {
        title: 'Skip this step',
        hint: 'The case goes on with the values in the form.',
        submit: 'Skip it',
        reasons: ['Not needed here', 'Done elsewhere', 'Known already', 'Other'],
      }
    case 'stop':
      return {
        title: 'Stop the case',
        hint: 'What was done is undone first where the map says how; then nothing more happens in this case. Its story stays.',
        submit: 'Stop the case',
        reasons: ['No longer needed', 'Wrong or double case', 'Cannot be mended', 'Other'],
      }
  }
}

type ReasonPanelProps = {
  action: ReasonedAction
  /** The reasons of the step, where it has its own. */
  reasons: string[]
  /** A chip that was chosen before the panel opened. */
  chosen?: string | null
  isBusy: boolean
  onSubmit: (given: { reason: string; note: string }) => void
  onCancel: () => void
}

/** A reason by one key or click, and a note for who wants to say more. */
export function ReasonPanel(props: ReasonPanelProps): ReactElement {
  const { action, isBusy, onSubmit, onCancel } = props
  const words = panelWords(action, props.reasons)
  const [reason, setReason] = useState(props.chosen ?? null)
  const [note, setNote] = useState('')
  const submit = useRef<HTMLButtonElement>(null)
  const panel = useRef<HTMLDivElement>(null)
  const noteId = useId()

  useEffect(() => {
    if (reason === null) panel.current?.focus()
    else submit.current?.focus()
  }, [reason])

  function send(): void {
    if (reason === null || isBusy) panel.current?.focus()
    else onSubmit({ reason, note })
  }

  useKeys(words.title, [
    ...words.reasons.slice(0, 9).map((choice, index) => ({
      keys: String(index + 1),
      label: choice,
      run: () => setReason(choice),
    })),
    { keys: 'mod+Enter', label: words.submit, run: send },
    { keys: 'Escape', label: 'Close without deciding', run: onCancel },
  ])

  return (
    <div className="reason-panel" role="group" aria-label={words.title} tabIndex={-1} ref={panel}>
      <p className="panel-hint">{words.hint}</p>
      <div className="reasons" role="group" aria-label="Reason">
        {words.reasons.map((choice, index) => (
          <button
            key={choice}
            type="button"
            className="reason"
            aria-pressed={reason === choice}
            onClick={() => setReason(choice)}
          >
            {index < 9 && <KeyHint keys={String(index + 1)} />}
            {choice}
          </button>
        ))}
      </div>
      <label htmlFor={noteId}>Note (optional)</label>
      <textarea
        id={noteId}
        className="input boxed"
        rows={3}
        maxLength={2_000}
        value={note}
        placeholder="What should be different?"
        onChange={(event) => setNote(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === 'Escape') onCancel()
          // Dialogs keep page-wide keys out, so the panel's own field listens for itself.
          if (event.key === 'Enter' && (event.ctrlKey || event.metaKey) && !event.nativeEvent.isComposing) {
            event.preventDefault()
            send()
          }
        }}
      />
      <div className="two">
        <Button variant="default" onClick={onCancel}>
          Keep reading
        </Button>
        <Button ref={submit} disabled={reason === null} loading={isBusy} onClick={send}>
          {words.submit}
        </Button>
      </div>
    </div>
  )
}
