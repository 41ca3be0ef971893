import { Button } from '@mantine/core'
import { IconHandStop, IconRefresh, IconSparkles } from '@tabler/icons-react'
import { useState, type ReactElement } from 'react'
import type { Step } from '#domain/process-map.ts'
import type { PilotDetail, StepPanel } from '#domain/views/pilots.ts'
import { wordsFor } from '#web/ui/states.tsx'
import { PilotByHand, RetryDesk } from './pilot-dialogs.tsx'
import { usePilotCommand } from './use-pilot-command.ts'

type StepControlProps = { pilot: PilotDetail; step: Step; panel: StepPanel }

/** By hand and back for one step, and one more try for everything that waits at its exception desk. */
export function StepControl({ pilot, step, panel }: StepControlProps): ReactElement | null {
  const [asking, setAsking] = useState<'by-hand' | 'retry' | null>(null)
  const { send, isPending, error } = usePilotCommand(pilot.id)
  const { atDesk } = panel.figures
  const isByHand = pilot.byHandSteps.includes(step.id)
  const canGoByHand = (step.kind === 'ai' || step.kind === 'call') && !pilot.byHand && !isByHand
  if (!pilot.can.command || (!canGoByHand && !isByHand && atDesk === 0)) return null
  return (
    <>
      {canGoByHand && (
        <Button
          variant="default"
          leftSection={<IconHandStop size={16} stroke={1.75} aria-hidden />}
          onClick={() => setAsking('by-hand')}
        >
          Do this step by hand
        </Button>
      )}
      {isByHand && (
        <Button
          variant="default"
          leftSection={<IconSparkles size={16} stroke={1.75} aria-hidden />}
          disabled={isPending}
          onClick={() => send({ kind: 'come-back', stepId: step.id })}
        >
          With AI again
        </Button>
      )}
      {atDesk > 0 && (
        <Button
          variant="default"
          leftSection={<IconRefresh size={16} stroke={1.75} aria-hidden />}
          onClick={() => setAsking('retry')}
        >
          Try {atDesk} again
        </Button>
      )}
      {error !== null && (
        <p className="action-problem" role="alert">
          {wordsFor(error)}
        </p>
      )}
      {asking === 'by-hand' && (
        <PilotByHand
          pilot={pilot}
          stepId={step.id}
          here={panel.waitingTotal}
          onClose={() => setAsking(null)}
        />
      )}
      {asking === 'retry' && (
        <RetryDesk pilot={pilot} stepId={step.id} atDesk={atDesk} onClose={() => setAsking(null)} />
      )}
    </>
  )
}
