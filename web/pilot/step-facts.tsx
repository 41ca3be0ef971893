import type { ReactElement, ReactNode } from 'react'
import type { ProcessMap, Sla, Step } from '#domain/process-map.ts'
import { slaOf } from '#domain/task-sla.ts'
import { OtherProcess } from './other-process.tsx'
import { minutesWords, stepDetail } from './step-details.ts'

type Fact = { label: string; value: ReactNode }

/** How a step works, as far as its kind has more to say than its title. */
export function StepFacts({ map, step }: { map: ProcessMap; step: Step }): ReactElement | null {
  const facts = [...factsOf(map, step), ...undoFacts(map, step), ...deadlineFacts(map, step)]
  if (facts.length === 0) return null
  return (
    <section aria-labelledby="step-facts">
      <h3 id="step-facts">How it works</h3>
      <dl className="drawer-more">
        {facts.map((fact) => (
          <div key={fact.label}>
            <dt>{fact.label}</dt>
            <dd>{fact.value}</dd>
          </div>
        ))}
      </dl>
    </section>
  )
}

function factsOf(map: ProcessMap, step: Step): Fact[] {
  const labelOf = (name: string): string => map.fields.find((field) => field.name === name)?.label ?? name
  switch (step.kind) {
    case 'fork':
      return map.links
        .filter((link) => link.on === 'branch' && link.from === step.id)
        .map((link, index) => ({
          label: `Branch ${index + 1}`,
          value: link.on === 'branch' ? link.label : '',
        }))
    case 'join':
      return [{ label: 'Comes together', value: stepDetail(map, step) }]
    case 'for-each':
      return [
        { label: 'Goes through', value: labelOf(step.list) },
        { label: 'At a time', value: step.maxParallel },
        { label: 'At most', value: `${step.maxItems} entries` },
        {
          label: 'When an entry fails',
          value: step.whenItemFails === 'collect' ? 'the others go on' : 'the list is left',
        },
      ]
    case 'wait':
      return [
        { label: 'Waits', value: stepDetail(map, step) },
        ...(step.waitsFor.until === 'message'
          ? [
              { label: 'Found by', value: labelOf(step.waitsFor.key) },
              { label: 'Gives up after', value: minutesWords(step.waitsFor.timeoutMinutes) },
            ]
          : []),
      ]
    case 'call':
      return [
        { label: 'System', value: step.connection },
        { label: 'Request', value: <code className="mono">{`${step.method} ${step.path}`}</code> },
        { label: 'Safe to ask again', value: step.repeatable ? 'yes' : 'no, a person decides' },
      ]
    case 'sub-process':
      return [{ label: 'Runs', value: <OtherProcess step={step} /> }]
    case 'ai':
    case 'manual':
    case 'review':
    case 'decision':
    case 'end':
      return []
  }
}

function undoFacts(map: ProcessMap, step: Step): Fact[] {
  const titleOf = (id: string): string => map.steps.find((other) => other.id === id)?.title ?? id
  return map.links.flatMap((link): Fact[] =>
    link.on !== 'undo'
      ? []
      : link.from === step.id
        ? [{ label: 'Undone by', value: titleOf(link.to) }]
        : link.to === step.id
          ? [{ label: 'Undoes', value: titleOf(link.from) }]
          : [],
  )
}

/** How long a person may take here, and with what falls out of the map here. */
function deadlineFacts(map: ProcessMap, step: Step): Fact[] {
  if (step.kind === 'end') return []
  const own = slaOf(map, { stepId: step.id, kind: 'manual' })
  const desk = slaOf(map, { stepId: step.id, kind: 'exception' })
  return [
    ...(own === null ? [] : [{ label: 'Due after', value: slaWords(own) }]),
    ...(desk === null ? [] : [{ label: 'At the exception desk', value: `due after ${slaWords(desk)}` }]),
  ]
}

function slaWords({ workingMinutes, escalations }: Sla): string {
  const asked = escalations.length
  const more = asked === 0 ? '' : `, then asks ${asked === 1 ? 'once more' : `${asked} times more`}`
  return `${minutesWords(workingMinutes)} working time${more}`
}
