import { useId, useState, type ReactElement } from 'react'
import type { FieldValues } from '#domain/process-map.ts'
import type { CaseDetail } from '#domain/views/cases.ts'
import { AskDialog } from '#web/ui/ask-dialog.tsx'
import { faultsFrom, faultsOf, type Faults } from '../start/intake-form.ts'
import { FieldInput } from '../task/field-input.tsx'
import { useBringMessage } from './use-bring-message.ts'

type Wait = CaseDetail['waits'][number]
type BringMessageProps = {
  detail: CaseDetail
  wait: Wait
  message: string
  onBrought: (words: string | null) => void
  onClose: () => void
}

/** The owner brings a message that came by another way, such as a letter or a call. */
export function BringMessage({ detail, wait, message, onBrought, onClose }: BringMessageProps): ReactElement {
  const form = useId()
  const [values, setValues] = useState<FieldValues>({})
  const [faults, setFaults] = useState<Faults>(new Map())
  const fields = wait.fields.map((field) => ({ field, required: false }))
  const { send, isPending, error } = useBringMessage(detail.id, {
    onDone: ({ status }) => {
      onBrought(
        status === 'accepted'
          ? 'The message is stored. The case gets it as soon as the engine answers.'
          : null,
      )
      onClose()
    },
    onError: (refused) => setFaults(faultsFrom(refused, fields) ?? new Map<string, string>()),
  })
  return (
    <AskDialog
      title={`Bring the message “${message}”?`}
      submit="Bring the message"
      keep="Wait on"
      isPending={isPending}
      error={faults.size > 0 ? null : error}
      onSubmit={() => {
        const found = faultsOf(fields, values)
        setFaults(found)
        if (found.size > 0) return
        // What is left empty is known to be absent.
        const all = wait.fields.map(({ name }) => [name, values[name] ?? null] as const)
        send({ message, values: Object.fromEntries(all) })
      }}
      onClose={onClose}
    >
      <p>
        “{wait.title}” takes it as if it had come from outside, and the case goes on. It stands in the audit
        under your name.
      </p>
      {wait.fields.map((field) => {
        const id = `${form}-${field.name}`
        const fault = faults.get(field.name) ?? null
        return (
          <div key={field.name} className="bring-field">
            <label htmlFor={id}>{field.label}</label>
            {field.hint !== '' && <p className="small dim">{field.hint}</p>}
            <FieldInput
              id={id}
              field={field}
              value={values[field.name] ?? null}
              describedBy={fault === null ? undefined : `${id}-fault`}
              invalid={fault !== null}
              look="boxed"
              onChange={(value) => {
                setValues((now) => ({ ...now, [field.name]: value }))
                setFaults((now) => new Map([...now].filter(([name]) => name !== field.name)))
              }}
            />
            {fault !== null && (
              <p id={`${id}-fault`} className="ask-problem" role="alert">
                {fault}
              </p>
            )}
          </div>
        )
      })}
    </AskDialog>
  )
}
