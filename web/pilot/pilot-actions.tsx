import '@mantine/core/styles/InlineInput.layer.css'
import '@mantine/core/styles/NumberInput.layer.css'
import { ActionIcon, Button, NumberInput, Popover, Switch } from '@mantine/core'
import { IconFlask, IconPlus, IconSettings } from '@tabler/icons-react'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useEffect, useState, type ReactElement } from 'react'
import type { Canvas, PilotDetail } from '#domain/views/pilots.ts'
import { call } from '#web/api.ts'
import { ask } from '#web/queries.ts'
import { wordsFor } from '#web/ui/states.tsx'
import { PilotControl } from './control/pilot-control.tsx'

/** What can be done with a pilot, in its header. */
export function PilotActions({ pilot, canvas }: { pilot: PilotDetail; canvas: Canvas }): ReactElement {
  return (
    <div className="pilot-actions">
      {pilot.sampleColleagues !== null && <SampleColleagues pilot={pilot} on={pilot.sampleColleagues} />}
      {pilot.sample && pilot.can.startCase && <RunSampleCases pilotId={pilot.id} />}
      {pilot.can.change && <PilotSettings pilot={pilot} />}
      <PilotControl pilot={pilot} canvas={canvas} />
      {pilot.can.startCase && (
        <Button
          variant="filled"
          leftSection={<IconPlus size={16} aria-hidden />}
          renderRoot={(props) => (
            <Link {...props} to="/pilots/$pilotId/start" params={{ pilotId: pilot.id }} />
          )}
        >
          Start case
        </Button>
      )}
    </div>
  )
}

function useChangePilot(pilotId: string): {
  change: (body: { undoSeconds?: number; sampleColleagues?: boolean }) => void
  isPending: boolean
  error: unknown
} {
  const client = useQueryClient()
  const mutation = useMutation({
    mutationFn: (body: { undoSeconds?: number; sampleColleagues?: boolean }) =>
      call('changePilot', { params: { pilotId }, body }),
    onSuccess: (changed) => client.setQueryData(ask('pilot', { params: { pilotId } }).queryKey, changed),
  })
  return { change: mutation.mutate, isPending: mutation.isPending, error: mutation.error }
}

function SampleColleagues({ pilot, on }: { pilot: PilotDetail; on: boolean }): ReactElement {
  const { change, isPending, error } = useChangePilot(pilot.id)
  return (
    <div className="colleagues">
      <Switch
        size="sm"
        checked={on}
        disabled={isPending || !pilot.can.change}
        label={
          <>
            Sample colleagues<span className="roomy-only"> work the gates</span>
          </>
        }
        onChange={(event) => change({ sampleColleagues: event.currentTarget.checked })}
      />
      {error !== null && (
        <p className="action-problem" role="alert">
          {wordsFor(error)}
        </p>
      )}
    </div>
  )
}

const sampleCount = 20

function RunSampleCases({ pilotId }: { pilotId: string }): ReactElement {
  const [batchId, setBatchId] = useState<string | null>(null)
  const start = useMutation({
    mutationFn: () =>
      call('startSampleCases', {
        params: { pilotId },
        body: { count: sampleCount },
        idempotencyKey: crypto.randomUUID(),
      }),
    onSuccess: (batch) => setBatchId(batch.id),
  })
  const batch = useQuery({
    ...ask('caseBatch', { params: { batchId: batchId ?? '' } }),
    enabled: batchId !== null,
    refetchInterval: ({ state }) => (state.data?.status === 'done' ? false : 700),
  }).data
  const isDone = batch?.status === 'done'
  useEffect(() => {
    if (!isDone) return
    const timer = setTimeout(() => setBatchId(null), 6_000)
    return () => clearTimeout(timer)
  }, [isDone])
  const working = start.isPending || (batchId !== null && !isDone)
  const told =
    batchId === null
      ? null
      : batch === undefined
        ? 'Starting'
        : isDone
          ? `${batch.started} started${batch.refused > 0 ? `, ${batch.refused} refused` : ''}`
          : `Starting ${batch.started} of ${batch.total}`
  return (
    <div className="run-samples">
      <Button
        variant="quiet"
        leftSection={<IconFlask size={16} stroke={1.75} aria-hidden />}
        disabled={working}
        onClick={() => start.mutate()}
      >
        <span aria-live="polite" className="num">
          {told ?? `Run ${sampleCount} sample cases`}
        </span>
      </Button>
      {start.isError && (
        <p className="action-problem" role="alert">
          {wordsFor(start.error)}
        </p>
      )}
    </div>
  )
}

function PilotSettings({ pilot }: { pilot: PilotDetail }): ReactElement {
  const { change, error } = useChangePilot(pilot.id)
  const [seconds, setSeconds] = useState<number | string>(pilot.undoSeconds)
  const save = (): void => {
    if (typeof seconds === 'number' && seconds !== pilot.undoSeconds) change({ undoSeconds: seconds })
    if (typeof seconds === 'string') setSeconds(pilot.undoSeconds)
  }
  return (
    <Popover width={280} position="bottom-end" trapFocus onChange={(opened) => !opened && save()}>
      <Popover.Target>
        <ActionIcon variant="default" size={36} aria-label="Settings of this pilot">
          <IconSettings size={18} stroke={1.75} aria-hidden />
        </ActionIcon>
      </Popover.Target>
      <Popover.Dropdown>
        <NumberInput
          label="Time to undo a decision, in seconds"
          description="What follows a decision waits this long. 0 to 60."
          min={0}
          max={60}
          clampBehavior="strict"
          allowDecimal={false}
          value={seconds}
          onChange={setSeconds}
          onBlur={save}
        />
        {error !== null && (
          <p className="action-problem" role="alert">
            {wordsFor(error)}
          </p>
        )}
        <p className="small dim settings-baseline">
          {pilot.baseline === null
            ? 'No baseline is set. '
            : `Baseline ${pilot.baseline.version}: ${pilot.baseline.cases} cases by hand, grade ${pilot.baseline.grade}. `}
          <Link className="link" to="/processes/$processId/baseline" params={{ processId: pilot.processId }}>
            Baselines
          </Link>
        </p>
      </Popover.Dropdown>
    </Popover>
  )
}
