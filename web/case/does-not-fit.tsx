import { useId, useState, type ReactElement } from 'react'
import type { CaseDetail } from '#domain/views/cases.ts'
import { AskDialog } from '#web/ui/ask-dialog.tsx'
import { useCaseCommand } from './use-case-command.ts'

/** What no named exception of the map says: no step can have a branch for it, so it comes to the desk. */
const unplanned = 'unplanned'

/** A person says that the case does not fit the step it is at: it takes the branch for that, or comes to the desk. */
export function DoesNotFit({ detail, onClose }: { detail: CaseDetail; onClose: () => void }): ReactElement {
  const { send, isPending, error } = useCaseCommand(detail.id, onClose)
  const [stepId, setStepId] = useState(detail.liveSteps[0]?.stepId ?? '')
  const [code, setCode] = useState<string | null>(null)
  const stepField = useId()
  const live = detail.liveSteps.find((step) => step.stepId === stepId)
  const codes = live?.codes ?? []
  const chosen = code ?? (codes.length === 0 ? unplanned : null)
  return (
    <AskDialog
      title={`${detail.title} does not fit?`}
      why={{ question: 'What does not fit?', maxLength: 2_000, optional: chosen !== unplanned }}
      submit="It does not fit"
      keep="It does fit"
      isReady={chosen !== null && stepId !== ''}
      isPending={isPending}
      error={error}
      onSubmit={(note) => {
        if (chosen !== null) send({ kind: 'raise-exception', stepId, code: chosen, note })
      }}
      onClose={onClose}
    >
      {detail.liveSteps.length > 1 ? (
        <>
          <label htmlFor={stepField}>At which step?</label>
          <select
            id={stepField}
            value={stepId}
            onChange={(event) => {
              setStepId(event.currentTarget.value)
              setCode(null)
            }}
          >
            {detail.liveSteps.map((step) => (
              <option key={step.stepId} value={step.stepId}>
                {step.title}
              </option>
            ))}
          </select>
        </>
      ) : (
        <p>It leaves “{live?.title ?? 'its step'}”; what is open there is no more asked.</p>
      )}
      {codes.length > 0 && (
        <fieldset>
          <legend>Which exception is it?</legend>
          {codes.map((known) => (
            <label key={known.code} className="ask-choice">
              <input
                type="radio"
                name="code"
                checked={chosen === known.code}
                onChange={() => setCode(known.code)}
              />
              <span>{known.name}</span>
            </label>
          ))}
          <label className="ask-choice">
            <input
              type="radio"
              name="code"
              checked={chosen === unplanned}
              onChange={() => setCode(unplanned)}
            />
            <span>
              Something else
              <span className="dim small">The owner finds it at the exception desk</span>
            </span>
          </label>
        </fieldset>
      )}
      {codes.length === 0 && <p>The owner finds it at the exception desk.</p>}
    </AskDialog>
  )
}
