import { Button } from '@mantine/core'
import { IconHandStop, IconPlayerPause } from '@tabler/icons-react'
import type { ReactElement, ReactNode } from 'react'
import { stepById } from '#domain/graph.ts'
import type { PilotDetail } from '#domain/views/pilots.ts'
import { wordsFor } from '#web/ui/states.tsx'
import { BatchProgress } from './batch-progress.tsx'
import './control.css'
import { putBatchAway, useShownBatch } from './shown-batch.ts'
import { usePilotCommand } from './use-pilot-command.ts'

/** What of the pilot does not run as mapped, the way back, and how far the last command is. */
export function PilotBanner({ pilot }: { pilot: PilotDetail }): ReactElement | null {
  const batch = useShownBatch(pilot)
  const { send, isPending, error } = usePilotCommand(pilot.id)
  const isPaused = pilot.status === 'paused'
  const stepId = pilot.byHandSteps
  const titleOf = (id: string): string => stepById(pilot.map, id)?.title ?? id
  if (!isPaused && !pilot.byHand && stepId.length === 0 && batch === null) return null
  const back = (words: string, label: string, command: Parameters<typeof send>[0]): ReactNode =>
    pilot.can.command && (
      <Button
        variant="default"
        size="compact-md"
        aria-label={label}
        disabled={isPending}
        onClick={() => send(command)}
      >
        {words}
      </Button>
    )
  return (
    <div className="pilot-banner">
      {isPaused && (
        <p data-tone="warn">
          <IconPlayerPause size={16} stroke={1.75} aria-hidden />
          <span>
            <b>Paused.</b> No case begins, and open cases stand still after the step they are in. Tasks can be
            decided all the same.
          </span>
          {back('Resume', 'Resume the pilot', { kind: 'resume' })}
        </p>
      )}
      {pilot.byHand && (
        <p>
          <IconHandStop size={16} stroke={1.75} aria-hidden />
          <span>
            <b>By hand.</b> People do every step; the clocks run on.
          </span>
          {back('With AI again', 'With AI again, the whole pilot', { kind: 'come-back', stepId: null })}
        </p>
      )}
      {stepId.map((id) => (
        <p key={id}>
          <IconHandStop size={16} stroke={1.75} aria-hidden />
          <span>
            <b>By hand at “{titleOf(id)}”.</b> A person does this step; the others run as mapped.
          </span>
          {back('With AI again', `With AI again at ${titleOf(id)}`, { kind: 'come-back', stepId: id })}
        </p>
      ))}
      {error !== null && (
        <p className="action-problem" role="alert">
          {wordsFor(error)}
        </p>
      )}
      {batch !== null && (
        <BatchProgress map={pilot.map} batch={batch} onClose={() => putBatchAway(pilot.id)} />
      )}
    </div>
  )
}
