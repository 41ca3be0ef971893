import { IconFileSpreadsheet } from '@tabler/icons-react'
import { useId, useState, type ReactElement } from 'react'
import './file-drop.css'

type FileDropProps = {
  label: string
  hint: string
  /** File name endings that are offered in the file dialog, such as ".csv,.gz". */
  accept: string
  disabled?: boolean
  onFile: (file: File) => void
}

/** A field for one file: chosen in the dialog, or dropped on it. */
export function FileDrop({ label, hint, accept, disabled = false, onFile }: FileDropProps): ReactElement {
  const inputId = useId()
  const hintId = useId()
  const [isOver, setOver] = useState(false)
  return (
    <div
      className="file-drop"
      data-over={isOver || undefined}
      onDragOver={(event) => {
        event.preventDefault()
        setOver(!disabled)
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        event.preventDefault()
        setOver(false)
        const file = event.dataTransfer.files[0]
        if (file !== undefined && !disabled) onFile(file)
      }}
    >
      <IconFileSpreadsheet size={26} stroke={1.5} aria-hidden />
      <div>
        <label htmlFor={inputId}>{label}</label>
        <p id={hintId}>{hint}</p>
      </div>
      <input
        id={inputId}
        type="file"
        accept={accept}
        disabled={disabled}
        aria-describedby={hintId}
        onChange={(event) => {
          const file = event.currentTarget.files?.[0]
          if (file !== undefined) onFile(file)
          // The same file may be mended and chosen again.
          event.currentTarget.value = ''
        }}
      />
    </div>
  )
}
