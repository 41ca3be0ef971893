import { useState, type ReactElement } from 'react'
import type { Field, FieldValue } from '#domain/process-map.ts'
import { valueFrom, valueWords } from './field-values.ts'
import './field-input.css'

type FieldInputProps = {
  id: string
  field: Field
  value: FieldValue
  onChange: (value: FieldValue) => void
  describedBy?: string | undefined
  disabled?: boolean
  invalid?: boolean
  /** Boxed for forms to fill in; quiet for drafts that are mostly read. */
  look: 'quiet' | 'boxed'
}

/** The right way to type one field, never cut off: texts grow with what they hold. */
export function FieldInput(props: FieldInputProps): ReactElement {
  const { id, field, value, onChange, describedBy, disabled = false, invalid = false, look } = props
  const shared = {
    id,
    disabled,
    'aria-describedby': describedBy,
    'aria-invalid': invalid || undefined,
    className: `input ${look}`,
  }
  switch (field.type) {
    case 'yes-no':
    case 'choice': {
      const options = field.type === 'yes-no' ? ['true', 'false'] : field.choices
      const present = value === null ? '' : String(value)
      return (
        <select
          {...shared}
          value={present}
          onChange={(event) => onChange(valueFrom(field, event.target.value))}
        >
          <option value="">Left empty</option>
          {present !== '' && !options.includes(present) && <option value={present}>{present}</option>}
          {options.map((option) => (
            <option key={option} value={option}>
              {field.type === 'yes-no' ? valueWords(field, option === 'true') : option}
            </option>
          ))}
        </select>
      )
    }
    case 'date':
      if (value === null || isDay(value)) return <DayInput {...props} shared={shared} />
      return <GrowingText {...props} shared={shared} />
    case 'text':
    case 'number':
    case 'long-text':
    case 'list':
      return <GrowingText {...props} shared={shared} />
  }
}

/** Read as words, typed as a day: the browser's own picker comes with the focus. */
function DayInput(props: FieldInputProps & { shared: Shared }): ReactElement {
  const { field, value, onChange, look, shared } = props
  const [isTyping, setTyping] = useState(false)
  const showsWords = look === 'quiet' && !isTyping
  const words = valueWords(field, value)
  return (
    <input
      {...shared}
      type={showsWords ? 'text' : 'date'}
      readOnly={showsWords}
      size={showsWords ? Math.max(words.length, 10) : undefined}
      placeholder="Left empty"
      value={showsWords ? words : String(value ?? '')}
      onFocus={() => setTyping(true)}
      onBlur={() => setTyping(false)}
      onChange={(event) => onChange(valueFrom(field, event.target.value))}
    />
  )
}

function isDay(value: FieldValue): boolean {
  return typeof value === 'string' && /^\d{4}-\d\d-\d\d$/.test(value)
}

type Shared = { id: string; disabled: boolean; className: string }

function GrowingText(props: FieldInputProps & { shared: Shared }): ReactElement {
  const { field, value, onChange, look, shared } = props
  const outside = value === null ? '' : String(value)
  // A number on its way ("1.") is not yet the text of its value; what was typed stays as long as it means the same.
  const [typed, setTyped] = useState(outside)
  const shown = valueFrom(field, typed) === value ? typed : outside
  const long = field.type === 'long-text'
  return (
    <span className={`grow ${look} ${long ? 'long' : ''}`} data-text={shown === '' ? 'Left empty' : shown}>
      <textarea
        {...shared}
        rows={1}
        cols={1}
        value={shown}
        placeholder={look === 'quiet' ? 'Left empty' : ''}
        inputMode={field.type === 'number' ? 'decimal' : 'text'}
        spellCheck={long}
        onChange={(event) => {
          setTyped(event.target.value)
          onChange(valueFrom(field, event.target.value))
        }}
        onKeyDown={(event) => {
          if (event.key === 'Escape') event.currentTarget.blur()
          // A line break in a one-line field is a slip of the finger.
          if (event.key === 'Enter' && !long && !event.ctrlKey && !event.metaKey) event.preventDefault()
        }}
      />
    </span>
  )
}
