import { Button } from '@mantine/core'
import { IconRestore } from '@tabler/icons-react'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useState, type ReactElement } from 'react'
import type { CaseDetail } from '#domain/views/cases.ts'
import { call } from '#web/api.ts'
import { AskDialog } from '#web/ui/ask-dialog.tsx'

/** Begins a case anew that the engine has lost, and goes to the new one. */
export function BeginAgain({ detail }: { detail: CaseDetail }): ReactElement {
  const [isAsking, setAsking] = useState(false)
  const client = useQueryClient()
  const navigate = useNavigate()
  const begin = useMutation({
    mutationFn: () => call('beginCaseAgain', { params: { caseId: detail.id }, body: {} }),
    onSuccess: async ({ caseId }) => {
      await client.invalidateQueries({ queryKey: ['case', { params: { caseId: detail.id } }] })
      await navigate({ to: '/cases/$caseId', params: { caseId } })
    },
  })
  return (
    <>
      <Button
        variant="filled"
        leftSection={<IconRestore size={16} stroke={1.75} aria-hidden />}
        onClick={() => setAsking(true)}
      >
        Begin again
      </Button>
      {isAsking && (
        <AskDialog
          title={`Begin ${detail.title} again?`}
          submit="Begin again"
          keep="Not now"
          isPending={begin.isPending}
          error={begin.error}
          onSubmit={() => begin.mutate()}
          onClose={() => setAsking(false)}
        >
          <p>
            A new case starts from the beginning with the same values. This one ends and names the new one;
            what was done in it stays in its story.
          </p>
        </AskDialog>
      )}
    </>
  )
}
