import { NativeSelect } from '@mantine/core'
import type { ReactElement } from 'react'
import { inReadingOrder, stepNumbers } from '#domain/graph.ts'
import type { ProcessMap } from '#domain/process-map.ts'
import type { UploadCheck } from '#domain/views/baselines.ts'

export type StepNames = Record<string, string | null>

type NamesFormProps = {
  map: ProcessMap
  check: UploadCheck
  names: StepNames
  onChange: (names: StepNames) => void
}

/** Which step of the map each name in the log means. */
export function NamesForm({ map, check, names, onChange }: NamesFormProps): ReactElement {
  const numbers = stepNumbers(map)
  const steps = inReadingOrder(map).filter((step) => step.kind !== 'end')
  const unmatched = check.activities.filter(({ activity }) => (names[activity] ?? null) === null)
  return (
    <section className="import-part" aria-labelledby="names-title">
      <h2 id="names-title">Step names</h2>
      <p className="dim num">
        {check.activities.length} names in the log, {check.activities.length - unmatched.length} matched. A
        name that is no step of the map counts for the cycle time only.
      </p>
      <ul className="names">
        {check.activities.map(({ activity, rows, stepId, score }) => {
          const chosen = names[activity] ?? null
          const isGuess = chosen !== null && chosen === stepId && score < 0.95
          return (
            <li key={activity}>
              <span className="names-name">
                <b>{activity}</b>
                <span className="dim num">
                  {rows} {rows === 1 ? 'row' : 'rows'}
                </span>
              </span>
              <span className="names-step">
                <NativeSelect
                  aria-label={`${activity} is the step`}
                  value={chosen ?? ''}
                  onChange={(event) => {
                    const step = event.currentTarget.value
                    onChange({ ...names, [activity]: step === '' ? null : step })
                  }}
                >
                  <option value="">No step of the map</option>
                  {steps.map((step) => (
                    <option key={step.id} value={step.id}>
                      {numbers.get(step.id) === undefined ? '!' : `${numbers.get(step.id)}.`} {step.title}
                    </option>
                  ))}
                </NativeSelect>
                {isGuess && (
                  <span className="names-guess num">{Math.round(score * 100)} % alike, please check</span>
                )}
              </span>
            </li>
          )
        })}
      </ul>
    </section>
  )
}
