import type { ReactElement } from 'react'
import { stepById } from '#domain/graph.ts'
import type { PilotDetail } from '#domain/views/pilots.ts'
import { AskDialog } from '#web/ui/ask-dialog.tsx'
import { usePilotCommand } from './use-pilot-command.ts'

type Asking = { pilot: PilotDetail; onClose: () => void }

export function PausePilot({ pilot, onClose }: Asking): ReactElement {
  const { send, isPending, error } = usePilotCommand(pilot.id, onClose)
  return (
    <AskDialog
      title={`Pause ${pilot.processName}?`}
      why={{ question: 'Why is it paused?' }}
      submit="Pause the pilot"
      keep="Let it run"
      isPending={isPending}
      error={error}
      onSubmit={(reason) => send({ kind: 'pause', reason })}
      onClose={onClose}
    >
      <p className="num">
        No case begins. {openWords(pilot.running, 'stands still', 'stand still')} after the step they are in;
        deadlines stand still as well.
      </p>
      <p>What is open can still be decided. Resuming lets all of them go on and moves their deadlines.</p>
    </AskDialog>
  )
}

/** `stepId` is null for the whole pilot; `here` says how many cases are at that step now. */
export function PilotByHand({
  pilot,
  stepId,
  here,
  onClose,
}: Asking & { stepId: string | null; here: number }): ReactElement {
  const { send, isPending, error } = usePilotCommand(pilot.id, onClose)
  const title = stepId === null ? null : (stepById(pilot.map, stepId)?.title ?? stepId)
  return (
    <AskDialog
      title={title === null ? `All by hand in ${pilot.processName}?` : `“${title}” by hand?`}
      why={{ question: 'Why by hand?' }}
      submit={title === null ? 'All by hand' : 'Do this step by hand'}
      keep="Leave it with AI"
      isPending={isPending}
      error={error}
      onSubmit={(reason) => send({ kind: 'go-by-hand', stepId, reason })}
      onClose={onClose}
    >
      {title === null ? (
        <p className="num">
          {openWords(pilot.running, 'goes on', 'go on')} without AI and without asking other systems, and so
          do new ones. The clocks run on, and finished work stays.
        </p>
      ) : (
        <p className="num">
          A person does this step in{' '}
          {pilot.running === 1 ? 'the open case' : `all ${pilot.running} open cases`} and in new ones.{' '}
          {here === 0 ? 'No case is there now.' : `${here} ${here === 1 ? 'is' : 'are'} there now.`} The other
          steps run as mapped.
        </p>
      )}
      <p>It is counted, never blamed, and you can go back at any time.</p>
    </AskDialog>
  )
}

export function RetryDesk({
  pilot,
  stepId,
  atDesk,
  onClose,
}: Asking & { stepId: string | null; atDesk: number }): ReactElement {
  const { send, isPending, error } = usePilotCommand(pilot.id, onClose)
  const title = stepId === null ? null : (stepById(pilot.map, stepId)?.title ?? stepId)
  const cases = atDesk === 1 ? '1 case' : `${atDesk} cases`
  return (
    <AskDialog
      title={`Try ${cases} again?`}
      submit={`Try ${cases} again`}
      keep="Leave them there"
      isPending={isPending}
      error={error}
      onSubmit={() => send({ kind: 'retry', stepId })}
      onClose={onClose}
    >
      <p className="num">
        {cases} at the exception desk{title === null ? '' : ` of “${title}”`}: each is tried again as it is.
        You see which went through, and which came back.
      </p>
    </AskDialog>
  )
}

function openWords(n: number, one: string, many: string): string {
  return n === 1 ? `The 1 open case ${one}` : `The ${n} open cases ${many}`
}
