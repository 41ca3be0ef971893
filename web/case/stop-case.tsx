import { Button } from '@mantine/core'
import { IconPlayerStop } from '@tabler/icons-react'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState, type ReactElement } from 'react'
import type { CaseDetail } from '#domain/views/cases.ts'
import { call } from '#web/api.ts'
import { Dialog } from '#web/ui/dialog.tsx'
import { wordsFor } from '#web/ui/states.tsx'

/** Stops a case for good; the reason that is typed is the confirmation. */
export function StopCase({ detail }: { detail: CaseDetail }): ReactElement {
  const [isAsking, setAsking] = useState(false)
  const [isStopping, setStopping] = useState(false)
  return (
    <>
      <Button
        variant="default"
        className="stop-case"
        disabled={isStopping}
        leftSection={<IconPlayerStop size={16} stroke={1.75} aria-hidden />}
        onClick={() => setAsking(true)}
      >
        {isStopping ? 'Stopping' : 'Stop case'}
      </Button>
      {isAsking && (
        <StopDialog
          detail={detail}
          onClose={() => setAsking(false)}
          onStopped={() => {
            setAsking(false)
            setStopping(true)
          }}
        />
      )}
    </>
  )
}

type StopDialogProps = { detail: CaseDetail; onClose: () => void; onStopped: () => void }

function StopDialog({ detail, onClose, onStopped }: StopDialogProps): ReactElement {
  const [reason, setReason] = useState('')
  const client = useQueryClient()
  const stop = useMutation({
    mutationFn: () => call('stopCase', { params: { caseId: detail.id }, body: { reason: reason.trim() } }),
    onSuccess: async () => {
      onStopped()
      await client.invalidateQueries({ queryKey: ['case', { params: { caseId: detail.id } }] })
    },
  })
  const isReady = reason.trim() !== ''
  return (
    <Dialog title={`Stop ${detail.title}?`} onClose={onClose} shape="sheet">
      <form
        className="stop-form"
        onSubmit={(event) => {
          event.preventDefault()
          if (isReady && !stop.isPending) stop.mutate()
        }}
      >
        <p>The case ends where it is and cannot go on. What was done stays in its story.</p>
        <label htmlFor="stop-reason">Why is it stopped?</label>
        <textarea
          id="stop-reason"
          rows={3}
          maxLength={500}
          required
          value={reason}
          onChange={(event) => setReason(event.currentTarget.value)}
        />
        {stop.isError && (
          <p className="stop-problem" role="alert">
            {wordsFor(stop.error)}
          </p>
        )}
        <div className="stop-actions">
          <Button variant="default" onClick={onClose}>
            Let it run
          </Button>
          <Button type="submit" variant="filled" color="red" loading={stop.isPending} disabled={!isReady}>
            Stop the case
          </Button>
        </div>
      </form>
    </Dialog>
  )
}
