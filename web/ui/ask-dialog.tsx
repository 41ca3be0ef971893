import { Button } from '@mantine/core'
import { useId, useState, type ReactElement, type ReactNode } from 'react'
import './ask-dialog.css'
import { Dialog } from './dialog.tsx'
import { wordsFor } from './states.tsx'

type AskDialogProps = {
  title: string
  /** What will happen, with numbers, and whatever else is to be chosen. */
  children: ReactNode
  /** The question that the reason answers; without one none is asked. */
  why?: { question: string; maxLength?: number; optional?: boolean }
  submit: string
  keep: string
  isDangerous?: boolean
  isReady?: boolean
  isPending: boolean
  error: unknown
  onSubmit: (reason: string) => void
  onClose: () => void
}

/** Says what will happen and asks why; what was typed stays when it is refused. */
export function AskDialog(props: AskDialogProps): ReactElement {
  const { title, children, why, submit, keep, isDangerous = false, isReady = true } = props
  const { isPending, error, onSubmit, onClose } = props
  const [reason, setReason] = useState('')
  const reasonId = useId()
  const isComplete = isReady && (why === undefined || why.optional === true || reason.trim() !== '')
  return (
    <Dialog title={title} onClose={onClose} shape="sheet">
      <form
        className="ask"
        onSubmit={(event) => {
          event.preventDefault()
          if (isComplete && !isPending) onSubmit(reason.trim())
        }}
      >
        {children}
        {why !== undefined && (
          <>
            <label htmlFor={reasonId}>{why.question}</label>
            <textarea
              id={reasonId}
              rows={3}
              maxLength={why.maxLength ?? 500}
              required={why.optional !== true}
              value={reason}
              onChange={(event) => setReason(event.currentTarget.value)}
            />
          </>
        )}
        {error !== null && (
          <p className="ask-problem" role="alert">
            {wordsFor(error)}
          </p>
        )}
        <div className="ask-actions">
          <Button variant="default" onClick={onClose}>
            {keep}
          </Button>
          <Button
            type="submit"
            variant="filled"
            {...(isDangerous ? { color: 'red' } : {})}
            loading={isPending}
            disabled={!isComplete}
          >
            {submit}
          </Button>
        </div>
      </form>
    </Dialog>
  )
}
