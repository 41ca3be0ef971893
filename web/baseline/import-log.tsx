import { Button, Checkbox, Progress } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState, type ReactElement } from 'react'
import type { ProcessMap } from '#domain/process-map.ts'
import type { BaselineImport, Upload, UploadCheck } from '#domain/views/baselines.ts'
import { call } from '#web/api.ts'
import { ask } from '#web/queries.ts'
import { Loading, wordsFor } from '#web/ui/states.tsx'
import { dayWords } from '../pilot/durations.ts'
import { calendarFault } from './calendar-changes.ts'
import { CalendarForm } from './calendar-form.tsx'
import { ColumnsForm } from './columns-form.tsx'
import { NamesForm, type StepNames } from './names-form.tsx'
import { RejectedPart } from './rejected-part.tsx'

type ImportLogProps = {
  processId: string
  map: ProcessMap
  upload: Upload
  onImported: (baselineId: string) => void
  onDiscard: () => void
}

/** From an uploaded file to a baseline: columns, names, rows left out, working hours. */
export function ImportLog({ processId, map, upload, onImported, onDiscard }: ImportLogProps): ReactElement {
  const [mapping, setMapping] = useState(upload.mapping)
  const [chosenNames, setChosenNames] = useState<StepNames>({})
  const [skip, setSkip] = useState(false)
  const [calendar, setCalendar] = useState<ProcessMap['calendar'] | null>(map.calendar)
  const [isSample, setSample] = useState(false)
  const [settled] = useDebouncedValue(mapping, 300)
  const check = useQuery({
    queryKey: ['checkUpload', upload.id, settled],
    queryFn: ({ signal }) =>
      call('checkUpload', { params: { uploadId: upload.id }, body: { mapping: settled }, signal }),
    placeholderData: keepPreviousData,
    retry: false,
  })
  const names = { ...suggestedNames(check.data), ...chosenNames }
  const start = useMutation({
    mutationFn: () =>
      call('importBaseline', {
        params: { uploadId: upload.id },
        body: { mapping, stepNames: names, calendar, skipRejected: skip, sampleData: isSample },
        idempotencyKey: crypto.randomUUID(),
      }),
  })
  if (start.data !== undefined) {
    return (
      <ImportProgress
        processId={processId}
        first={start.data}
        onImported={onImported}
        onBack={() => start.reset()}
      />
    )
  }
  const blocked = blockedBy({ check: check.data, skip, calendar })
  const isFresh = mapping === settled && !check.isFetching
  return (
    <div className="import">
      <ColumnsForm
        upload={upload}
        mapping={mapping}
        onChange={(changed) => {
          setMapping(changed)
          setSkip(false)
        }}
      />
      {check.data === undefined ? (
        check.isError ? (
          <p className="import-problem" role="alert">
            {wordsFor(check.error)} Change the columns above, or choose another file.
          </p>
        ) : (
          <Loading rows={3} />
        )
      ) : (
        <>
          <p className="import-found num" aria-live="polite">
            <b>{check.data.cases.toLocaleString('en-GB')} cases</b> in{' '}
            {check.data.rows.toLocaleString('en-GB')} rows
            {check.data.firstAt !== null && check.data.lastAt !== null
              ? `, from ${dayWords(check.data.firstAt)} ${yearOf(check.data.firstAt)} to ${dayWords(check.data.lastAt)} ${yearOf(check.data.lastAt)}`
              : ''}
          </p>
          {check.isError && (
            <p className="import-problem" role="alert">
              {wordsFor(check.error)} The figures are of the columns before.
            </p>
          )}
          <NamesForm map={map} check={check.data} names={names} onChange={setChosenNames} />
          <RejectedPart check={check.data} skip={skip} onSkip={setSkip} />
        </>
      )}
      <CalendarForm calendar={calendar} initial={map.calendar} onChange={setCalendar} />
      <section className="import-part" aria-label="Import">
        <Checkbox
          label="This is sample data"
          description="Its figures are then labelled so wherever they are shown."
          checked={isSample}
          onChange={(event) => setSample(event.currentTarget.checked)}
        />
        {start.isError && (
          <p className="import-problem" role="alert">
            {wordsFor(start.error)} Nothing was imported.
          </p>
        )}
        <div className="import-actions">
          <Button
            variant="filled"
            disabled={blocked !== null || !isFresh || check.isError}
            loading={start.isPending}
            onClick={() => start.mutate()}
          >
            Import as the baseline
          </Button>
          <Button variant="quiet" onClick={onDiscard}>
            Choose another file
          </Button>
          {blocked !== null && <span className="dim small">{blocked}</span>}
        </div>
      </section>
    </div>
  )
}

function suggestedNames(check: UploadCheck | undefined): StepNames {
  return Object.fromEntries((check?.activities ?? []).map(({ activity, stepId }) => [activity, stepId]))
}

type Blocked = { check: UploadCheck | undefined; skip: boolean; calendar: ProcessMap['calendar'] | null }

/** What stands between the form and an import, in words. */
export function blockedBy({ check, skip, calendar }: Blocked): string | null {
  if (check === undefined) return 'Reading the file.'
  if (check.cases === 0) return 'No case can be read with these columns.'
  if (check.rejectedTotal > 0 && !skip) return 'Choose whether to leave out the rows that cannot be read.'
  return calendar === null ? null : calendarFault(calendar)
}

function yearOf(iso: string): string {
  return iso.slice(0, 4)
}

type ImportProgressProps = {
  processId: string
  first: BaselineImport
  onImported: (baselineId: string) => void
  onBack: () => void
}

function ImportProgress({ processId, first, onImported, onBack }: ImportProgressProps): ReactElement {
  const client = useQueryClient()
  const asked = useQuery({
    ...ask('baselineImport', { params: { importId: first.id } }),
    refetchInterval: ({ state }) =>
      state.data === undefined || state.data.status === 'reading' ? 500 : false,
  })
  const now = asked.data ?? first
  const { done, total, what } = now.progress
  const baselineId = now.baselineId
  if (now.status === 'failed') {
    return (
      <section className="import-part" role="alert">
        <h2>The log could not be imported</h2>
        <p>{now.problem ?? 'The reason is not known.'}</p>
        <p className="dim">No baseline was made; earlier ones are as they were.</p>
        <div className="import-actions">
          <Button variant="filled" onClick={onBack}>
            Back to the columns
          </Button>
        </div>
      </section>
    )
  }
  return (
    <section className="import-part" aria-labelledby="progress-title">
      <h2 id="progress-title">{now.status === 'done' ? 'Imported' : 'Importing'}</h2>
      <Progress value={total === 0 ? 0 : (done / total) * 100} size="md" aria-label="Rows read" />
      <p className="dim num" aria-live="polite">
        {what}: {done.toLocaleString('en-GB')} of {total.toLocaleString('en-GB')}
      </p>
      {asked.isError && (
        <p className="import-problem" role="alert">
          {wordsFor(asked.error)} The import goes on.
        </p>
      )}
      {now.status === 'done' && baselineId !== null && (
        <div className="import-actions">
          <Button
            variant="filled"
            onClick={() => {
              void client.invalidateQueries({ queryKey: ['baselines', { params: { processId } }] })
              onImported(baselineId)
            }}
          >
            See the baseline
          </Button>
        </div>
      )}
    </section>
  )
}
