import { Button } from '@mantine/core'
import {
  IconAlertTriangle,
  IconHandStop,
  IconPlayerPause,
  IconPlayerPlay,
  IconSparkles,
} from '@tabler/icons-react'
import { useState, type ReactElement, type ReactNode } from 'react'
import { stepById } from '#domain/graph.ts'
import type { ProcessMap } from '#domain/process-map.ts'
import type { CaseDetail } from '#domain/views/cases.ts'
import { AskDialog } from '#web/ui/ask-dialog.tsx'
import { wordsFor } from '#web/ui/states.tsx'
import { BeginAgain } from './begin-again.tsx'
import { DoesNotFit } from './does-not-fit.tsx'
import { StopCase } from './stop-case.tsx'
import { useCaseCommand } from './use-case-command.ts'

type CaseControlsProps = { detail: CaseDetail; map: ProcessMap | undefined }

/** What this person can do with the case; nothing at all for whoever may only look. */
export function CaseControls({ detail, map }: CaseControlsProps): ReactElement | null {
  const [asking, setAsking] = useState<'pause' | 'by-hand' | 'does-not-fit' | null>(null)
  const atOnce = useCaseCommand(detail.id)
  const { can } = detail
  const close = (): void => setAsking(null)
  const canAny =
    can.beginAgain ||
    can.pause ||
    can.resume ||
    can.goByHand ||
    can.comeBack ||
    can.raiseException ||
    can.stop
  if (!canAny) return null
  return (
    <section className="case-do" aria-label="What you can do">
      <div className="case-do-buttons">
        {can.beginAgain && <BeginAgain detail={detail} />}
        {can.resume && (
          <Do
            icon={<IconPlayerPlay size={16} stroke={1.75} />}
            onClick={() => atOnce.send({ kind: 'resume' })}
          >
            Resume
          </Do>
        )}
        {can.pause && (
          <Do icon={<IconPlayerPause size={16} stroke={1.75} />} onClick={() => setAsking('pause')}>
            Pause
          </Do>
        )}
        {can.comeBack && detail.byHand && (
          <Do
            icon={<IconSparkles size={16} stroke={1.75} />}
            onClick={() => atOnce.send({ kind: 'come-back', stepId: null })}
          >
            With AI again
          </Do>
        )}
        {can.goByHand && !detail.byHand && (
          <Do icon={<IconHandStop size={16} stroke={1.75} />} onClick={() => setAsking('by-hand')}>
            By hand
          </Do>
        )}
        {can.raiseException && detail.liveSteps.length > 0 && (
          <Do icon={<IconAlertTriangle size={16} stroke={1.75} />} onClick={() => setAsking('does-not-fit')}>
            Does not fit
          </Do>
        )}
        {can.stop && <StopCase detail={detail} map={map} />}
      </div>
      {can.comeBack &&
        detail.byHandSteps.map((stepId) => (
          <p key={stepId} className="small case-by-hand-step">
            By hand: {titleOf(map, stepId)}{' '}
            <button
              type="button"
              className="link"
              aria-label={`With AI again: ${titleOf(map, stepId)}`}
              onClick={() => atOnce.send({ kind: 'come-back', stepId })}
            >
              With AI again
            </button>
          </p>
        ))}
      {atOnce.error !== null && (
        <p className="ask-problem" role="alert">
          {wordsFor(atOnce.error)}
        </p>
      )}
      {asking === 'pause' && <PauseCase detail={detail} onClose={close} />}
      {asking === 'by-hand' && <ByHandCase detail={detail} map={map} onClose={close} />}
      {asking === 'does-not-fit' && <DoesNotFit detail={detail} onClose={close} />}
    </section>
  )
}

function titleOf(map: ProcessMap | undefined, stepId: string): string {
  return (map === undefined ? null : stepById(map, stepId))?.title ?? stepId
}

type DoProps = { icon: ReactNode; onClick: () => void; children: ReactNode }

function Do({ icon, onClick, children }: DoProps): ReactElement {
  return (
    <Button variant="default" leftSection={icon} onClick={onClick}>
      {children}
    </Button>
  )
}

type AskingProps = { detail: CaseDetail; onClose: () => void }

function PauseCase({ detail, onClose }: AskingProps): ReactElement {
  const { send, isPending, error } = useCaseCommand(detail.id, onClose)
  const [first] = detail.liveSteps
  const at = detail.liveSteps.length === 1 && first !== undefined ? `“${first.title}”` : 'the steps it is in'
  return (
    <AskDialog
      title={`Pause ${detail.title}?`}
      why={{ question: 'Why is it paused?' }}
      submit="Pause the case"
      keep="Let it run"
      isPending={isPending}
      error={error}
      onSubmit={(reason) => send({ kind: 'pause', reason })}
      onClose={onClose}
    >
      <p>
        It stands still after {detail.liveSteps.length === 0 ? 'the step it is in' : at}, and its deadlines
        stand still as well. What is open can still be decided.
      </p>
      <p>Resuming lets it go on and moves its deadlines by the time it stood still.</p>
    </AskDialog>
  )
}

function ByHandCase({ detail, map, onClose }: AskingProps & { map: ProcessMap | undefined }): ReactElement {
  const { send, isPending, error } = useCaseCommand(detail.id, onClose)
  const [scope, setScope] = useState<string | null>(null)
  const steps = detail.liveSteps.filter((live) => {
    const kind = map === undefined ? undefined : stepById(map, live.stepId)?.kind
    return (kind === 'ai' || kind === 'call') && !detail.byHandSteps.includes(live.stepId)
  })
  return (
    <AskDialog
      title={`Go on by hand with ${detail.title}?`}
      why={{ question: 'Why by hand?' }}
      submit="Go on by hand"
      keep="Leave it with AI"
      isPending={isPending}
      error={error}
      onSubmit={(reason) => send({ kind: 'go-by-hand', stepId: scope, reason })}
      onClose={onClose}
    >
      <p>
        People do what AI and other systems would do; the clocks run on. It is counted, never blamed, and you
        can go back at any time.
      </p>
      {steps.length > 0 && (
        <fieldset>
          <legend>What goes by hand?</legend>
          <label className="ask-choice">
            <input type="radio" name="scope" checked={scope === null} onChange={() => setScope(null)} />
            <span>The whole case, from here on</span>
          </label>
          {steps.map((live) => (
            <label key={live.stepId} className="ask-choice">
              <input
                type="radio"
                name="scope"
                checked={scope === live.stepId}
                onChange={() => setScope(live.stepId)}
              />
              <span>Only “{live.title}”</span>
            </label>
          ))}
        </fieldset>
      )}
    </AskDialog>
  )
}
