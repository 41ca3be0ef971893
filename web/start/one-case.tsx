import { Button } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useId, useRef, useState, type ReactElement } from 'react'
import { isLongText } from '#domain/case-values.ts'
import type { FieldValue, FieldValues } from '#domain/process-map.ts'
import type { StartedCase } from '#domain/views/cases.ts'
import type { PilotDetail } from '#domain/views/pilots.ts'
import { call } from '#web/api.ts'
import { wordsFor } from '#web/ui/states.tsx'
import { FieldInput } from '../task/field-input.tsx'
import {
  faultsFrom,
  faultsOf,
  intakeFieldsOf,
  valuesToSend,
  type Faults,
  type IntakeField,
} from './intake-form.ts'

/** One case, begun by filling in what its process asks for. */
export function OneCase({ pilot }: { pilot: PilotDetail }): ReactElement {
  const [started, setStarted] = useState<StartedCase | null>(null)
  // Each form has one key: pressing twice, or again after a lost answer, starts one case.
  const [form, setForm] = useState(() => crypto.randomUUID())
  if (started !== null) {
    return (
      <section className="started" aria-labelledby="started-title">
        <h2 id="started-title">
          Case {started.number} is under way: {started.title}
        </h2>
        <div className="start-actions">
          <Link className="start-link" to="/cases/$caseId" params={{ caseId: started.caseId }}>
            Open the case
          </Link>
          <Button
            variant="default"
            onClick={() => {
              setForm(crypto.randomUUID())
              setStarted(null)
            }}
          >
            Start another
          </Button>
        </div>
      </section>
    )
  }
  return <CaseForm key={form} idempotencyKey={form} pilot={pilot} onStarted={setStarted} />
}

type CaseFormProps = { pilot: PilotDetail; idempotencyKey: string; onStarted: (started: StartedCase) => void }

function CaseForm({ pilot, idempotencyKey, onStarted }: CaseFormProps): ReactElement {
  const fields = intakeFieldsOf(pilot.map)
  const [values, setValues] = useState<FieldValues>({})
  const [faults, setFaults] = useState<Faults>(new Map())
  const form = useRef<HTMLFormElement>(null)
  const client = useQueryClient()
  const start = useMutation({
    mutationFn: () =>
      call('startCase', {
        params: { pilotId: pilot.id },
        body: { values: valuesToSend(fields, values) },
        idempotencyKey,
      }),
    onSuccess: (started) => {
      onStarted(started)
      void client.invalidateQueries({ queryKey: ['cases', { params: { pilotId: pilot.id } }] })
    },
    onError: (error) => showFaults(faultsFrom(error, fields) ?? new Map<string, string>()),
  })
  function showFaults(found: Faults): void {
    setFaults(found)
    const first = fields.find(({ field }) => found.has(field.name))
    if (first !== undefined) {
      form.current
        ?.querySelector<HTMLElement>(`[data-field="${first.field.name}"] :is(textarea, input, select)`)
        ?.focus()
    }
  }
  function onChange(name: string, value: FieldValue): void {
    setValues((now) => ({ ...now, [name]: value }))
    setFaults((now) => new Map([...now].filter(([faulty]) => faulty !== name)))
  }
  return (
    <form
      ref={form}
      className="case-form"
      noValidate
      onSubmit={(event) => {
        event.preventDefault()
        const found = faultsOf(fields, values)
        if (found.size > 0) showFaults(found)
        else if (!start.isPending) start.mutate()
      }}
    >
      {fields.map((item) => (
        <FormField
          key={item.field.name}
          item={item}
          value={values[item.field.name] ?? null}
          fault={faults.get(item.field.name) ?? null}
          onChange={onChange}
        />
      ))}
      {faults.size > 0 && (
        <p className="form-faults" role="alert">
          {faults.size === 1 ? 'One field needs' : `${faults.size} fields need`} mending before the case can
          start.
        </p>
      )}
      {start.isError && faultsFrom(start.error, fields) === null && (
        <p className="form-faults" role="alert">
          {wordsFor(start.error)} What you typed is kept.
        </p>
      )}
      <div className="start-actions">
        <Button type="submit" variant="filled" loading={start.isPending}>
          Start case
        </Button>
        <Link className="quiet-action" to="/pilots/$pilotId" params={{ pilotId: pilot.id }}>
          Cancel
        </Link>
      </div>
    </form>
  )
}

type FormFieldProps = {
  item: IntakeField
  value: FieldValue
  fault: string | null
  onChange: (name: string, value: FieldValue) => void
}

function FormField({ item, value, fault, onChange }: FormFieldProps): ReactElement {
  const { field, required } = item
  const id = useId()
  const hintId = `${id}-hint`
  return (
    <div className="form-field" data-field={field.name} data-long={isLongText(field) || undefined}>
      <label htmlFor={id}>
        {field.label}
        {!required && <span className="dim"> optional</span>}
      </label>
      <FieldInput
        id={id}
        field={{ ...field, hint: '' }}
        value={value}
        look="boxed"
        invalid={fault !== null}
        describedBy={field.hint === '' && fault === null ? undefined : hintId}
        onChange={(next) => onChange(field.name, next)}
      />
      {(field.hint !== '' || fault !== null) && (
        <p id={hintId} className="form-hint">
          {fault !== null && <b className="form-fault">{fault} </b>}
          {field.hint}
        </p>
      )}
    </div>
  )
}
