import { Button } from '@mantine/core'
import { IconPlayerStop } from '@tabler/icons-react'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState, type ReactElement } from 'react'
import type { ProcessMap } from '#domain/process-map.ts'
import type { CaseDetail } from '#domain/views/cases.ts'
import { call } from '#web/api.ts'
import { AskDialog } from '#web/ui/ask-dialog.tsx'
import { undoableTitles } from './undoable.ts'

type StopCaseProps = { detail: CaseDetail; map: ProcessMap | undefined }

/** Stops a case for good; the reason that is typed is the confirmation. */
export function StopCase({ detail, map }: StopCaseProps): ReactElement {
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
          map={map}
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

type StopDialogProps = StopCaseProps & { onClose: () => void; onStopped: () => void }

function StopDialog({ detail, map, onClose, onStopped }: StopDialogProps): ReactElement {
  const undoable = map === undefined ? [] : undoableTitles(map, detail.path)
  const [compensate, setCompensate] = useState(true)
  const client = useQueryClient()
  const stop = useMutation({
    mutationFn: (reason: string) =>
      call('stopCase', { params: { caseId: detail.id }, body: { reason, compensate } }),
    onSuccess: async () => {
      onStopped()
      await client.invalidateQueries({ queryKey: ['case', { params: { caseId: detail.id } }] })
    },
  })
  return (
    <AskDialog
      title={`Stop ${detail.title}?`}
      why={{ question: 'Why is it stopped?' }}
      submit="Stop the case"
      keep="Let it run"
      isDangerous
      isPending={stop.isPending}
      error={stop.error}
      onSubmit={(reason) => stop.mutate(reason)}
      onClose={onClose}
    >
      <p>The case ends where it is and cannot go on. What was done stays in its story.</p>
      {undoable.length > 0 && (
        <fieldset>
          <legend>What becomes of what was done?</legend>
          <label className="ask-choice">
            <input type="radio" name="compensate" checked={compensate} onChange={() => setCompensate(true)} />
            <span>
              Undo it first, the last one first
              <span className="dim small">{undoable.join(', ')}</span>
            </span>
          </label>
          <label className="ask-choice">
            <input
              type="radio"
              name="compensate"
              checked={!compensate}
              onChange={() => setCompensate(false)}
            />
            <span>Leave everything as it is</span>
          </label>
        </fieldset>
      )}
    </AskDialog>
  )
}
