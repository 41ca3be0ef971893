import { CloseButton } from '@mantine/core'
import { useEffect, useId, useRef, type ReactElement, type ReactNode } from 'react'
import './dialog.css'

type DialogProps = {
  title: string
  onClose: () => void
  children: ReactNode
  /** `sheet` comes from below on phones. */
  shape?: 'box' | 'sheet'
}

/** A modal dialog on the browser's own element: focus stays inside, Escape closes, focus returns. */
export function Dialog({ title, onClose, children, shape = 'box' }: DialogProps): ReactElement {
  const ref = useRef<HTMLDialogElement>(null)
  const titleId = useId()
  useEffect(() => {
    const dialog = ref.current
    dialog?.showModal()
    return () => dialog?.close()
  }, [])
  return (
    <dialog
      ref={ref}
      className={`dialog ${shape}`}
      aria-labelledby={titleId}
      onCancel={(event) => {
        event.preventDefault()
        onClose()
      }}
      onClick={(event) => {
        // Only a click on the backdrop has the dialog itself as its target.
        if (event.target === ref.current) onClose()
      }}
    >
      <div className="dialog-in">
        <header>
          <h2 id={titleId}>{title}</h2>
          <CloseButton aria-label="Close" onClick={onClose} />
        </header>
        {children}
      </div>
    </dialog>
  )
}
