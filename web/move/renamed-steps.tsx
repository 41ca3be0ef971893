import { useQuery } from '@tanstack/react-query'
import { useId, type ReactElement } from 'react'
import { inReadingOrder } from '#domain/graph.ts'
import type { ProcessMap, Step } from '#domain/process-map.ts'
import type { PilotDetail } from '#domain/views/pilots.ts'
import { ask } from '#web/queries.ts'
import { namesIn, withName } from './move-search.ts'

type RenamedStepsProps = {
  pilot: PilotDetail
  toVersion: number
  steps: string | undefined
  onChange: (steps: string | undefined) => void
}

/** Steps of the present map that the other version does not know: each can be told to go on at another one. */
export function RenamedSteps({ pilot, toVersion, steps, onChange }: RenamedStepsProps): ReactElement | null {
  const other = useQuery({
    ...ask('mapVersion', { params: { processId: pilot.processId, version: String(toVersion) } }),
    staleTime: Infinity,
  }).data
  if (other === undefined) return null
  const names = namesIn(steps)
  const missing = missingSteps(pilot.map, other.map)
  if (missing.length === 0) return null
  return (
    <fieldset className="move-renamed">
      <legend>Steps that version {toVersion} does not have</legend>
      <p className="dim small">
        A case that stands at one of them can only move if you say where it goes on.
      </p>
      {missing.map((step) => (
        <Renamed
          key={step.id}
          step={step}
          choices={inReadingOrder(other.map).filter((choice) => choice.kind === step.kind)}
          chosen={names[step.id] ?? null}
          onChoose={(to) => onChange(withName(steps, step.id, to))}
        />
      ))}
    </fieldset>
  )
}

/** Nobody stands at an end, so those need no successor. */
function missingSteps(from: ProcessMap, to: ProcessMap): Step[] {
  const known = new Set(to.steps.map((step) => step.id))
  return inReadingOrder(from).filter((step) => step.kind !== 'end' && !known.has(step.id))
}

type RenamedProps = {
  step: Step
  choices: Step[]
  chosen: string | null
  onChoose: (to: string | null) => void
}

function Renamed({ step, choices, chosen, onChoose }: RenamedProps): ReactElement {
  const field = useId()
  return (
    <div className="move-renamed-row">
      <label htmlFor={field}>{step.title}</label>
      <select
        id={field}
        value={chosen ?? ''}
        onChange={(event) => onChoose(event.currentTarget.value === '' ? null : event.currentTarget.value)}
      >
        <option value="">does not move</option>
        {choices.map((choice) => (
          <option key={choice.id} value={choice.id}>
            goes on at {choice.title}
          </option>
        ))}
      </select>
    </div>
  )
}
