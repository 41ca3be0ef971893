import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState, type ReactElement } from 'react'
import type { PilotDetail } from '#domain/views/pilots.ts'
import { call } from '#web/api.ts'
import { AskDialog } from '#web/ui/ask-dialog.tsx'
import { showBatch } from '../pilot/control/shown-batch.ts'
import { useMoveCheck } from './use-move-check.ts'

type ConfirmMoveProps = {
  pilot: PilotDetail
  toVersion: number
  steps: string | undefined
  stepIds: Record<string, string>
  onClose: () => void
}

/** Says in numbers what a move does, and starts it. */
export function ConfirmMove({ pilot, toVersion, steps, stepIds, onClose }: ConfirmMoveProps): ReactElement {
  const client = useQueryClient()
  const check = useMoveCheck({ pilotId: pilot.id, toVersion, steps }).data
  const [newCases, setNewCases] = useState(true)
  const [key] = useState(() => crypto.randomUUID())
  const asksForNew = toVersion !== pilot.mapVersion
  const move = useMutation({
    mutationFn: (reason: string) =>
      call('moveCases', {
        params: { pilotId: pilot.id },
        body: { toVersion, stepIds, newCases: asksForNew && newCases, reason },
        idempotencyKey: key,
      }),
    onSuccess: async (batch) => {
      showBatch(pilot.id, batch)
      onClose()
      await client.invalidateQueries({ queryKey: ['pilot', { params: { pilotId: pilot.id } }] })
      await client.invalidateQueries({ queryKey: ['moves'] })
    },
  })
  const willMove = (check?.canMove ?? 0) + (check?.notNow ?? 0)
  const stay = (check?.cannotMove ?? 0) + (check?.unknown ?? 0)
  return (
    <AskDialog
      title={`Move ${willMove === 1 ? '1 case' : `${willMove} cases`} to version ${toVersion}?`}
      why={{ question: 'Why are they moved?' }}
      submit="Move them"
      keep="Leave them"
      isPending={move.isPending}
      error={move.error}
      onSubmit={(reason) => move.mutate(reason)}
      onClose={onClose}
    >
      <p className="num">
        {check?.canMove ?? 0} move now
        {(check?.notNow ?? 0) > 0 && `, ${check?.notNow} as soon as what is under way is done, within a day`}
        {stay > 0 && `; ${stay} ${stay === 1 ? 'stays' : 'stay'} in ${stay === 1 ? 'its' : 'their'} version`}.
        What they have done stays done.
      </p>
      {asksForNew && (
        <label className="ask-choice">
          <input
            type="checkbox"
            checked={newCases}
            onChange={(event) => setNewCases(event.currentTarget.checked)}
          />
          <span>New cases begin in version {toVersion} too</span>
        </label>
      )}
    </AskDialog>
  )
}
