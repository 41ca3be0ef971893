import type { ReactElement } from 'react'
import type { DraftField } from '#domain/views/tasks.ts'
import { FieldInput } from './field-input.tsx'
import type { TaskWork } from './use-task-work.ts'

/** Fields to fill in or to mend, one below the other. */
export function FieldForm({ work, fields }: { work: TaskWork; fields: DraftField[] }): ReactElement {
  return (
    <div className="field-form">
      {fields.map((draft) => (
        <FormField key={draft.field.name} work={work} draft={draft} />
      ))}
    </div>
  )
}

function FormField({ work, draft }: { work: TaskWork; draft: DraftField }): ReactElement {
  const { name, label, hint } = draft.field
  const id = `field-${name}`
  const fault = work.faults.find((found) => found.name === name)
  const showsHint = hint !== ''
  return (
    <div className="form-field" data-fault={fault === undefined ? undefined : ''}>
      <label htmlFor={id}>{label}</label>
      {work.isChanged(name) && draft.value !== null && (
        <button type="button" className="link small" onClick={() => work.change(draft, draft.value)}>
          Back to what it was
        </button>
      )}
      <FieldInput
        id={id}
        field={draft.field}
        value={work.valueOf(draft)}
        onChange={(value) => work.change(draft, value)}
        describedBy={fault !== undefined || showsHint ? `${id}-note` : undefined}
        invalid={fault !== undefined}
        look="boxed"
      />
      {(fault !== undefined || showsHint) && (
        <p id={`${id}-note`} className={fault === undefined ? 'dim small' : 'fault'}>
          {fault?.words ?? hint}
        </p>
      )}
    </div>
  )
}
