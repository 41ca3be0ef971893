import { Button, Progress } from '@mantine/core'
import { IconAlertTriangle, IconCheck, IconDownload } from '@tabler/icons-react'
import { useMutation, useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState, type ReactElement } from 'react'
import type { CaseBatch } from '#domain/views/cases.ts'
import type { PilotDetail } from '#domain/views/pilots.ts'
import { call } from '#web/api.ts'
import { ask } from '#web/queries.ts'
import { wordsFor } from '#web/ui/states.tsx'
import { checkColumns, readHead, templateCsv, type ColumnCheck } from './csv-columns.ts'
import { FileDrop } from './file-drop.tsx'
import { rejectedRowsOf, type RejectedRows } from './rejected-rows.ts'
import { intakeFieldsOf, type IntakeField } from './intake-form.ts'

const list = new Intl.ListFormat('en-GB')

type Chosen = { file: File; key: string; check: ColumnCheck | null; sample: string[][] }

/** A case for every row of a CSV file. */
export function ManyCases({ pilot }: { pilot: PilotDetail }): ReactElement {
  const fields = intakeFieldsOf(pilot.map)
  const [chosen, setChosen] = useState<Chosen | null>(null)
  const [batch, setBatch] = useState<CaseBatch | null>(null)
  const start = useMutation({
    mutationFn: ({ file, key, skipFaulty }: { file: File; key: string; skipFaulty: boolean }) =>
      call('startCases', {
        params: { pilotId: pilot.id },
        query: skipFaulty ? { skipFaulty: 'true' } : {},
        file,
        idempotencyKey: skipFaulty ? `${key}-skip` : key,
      }),
    onSuccess: setBatch,
  })
  async function onFile(file: File): Promise<void> {
    start.reset()
    const head = await readHead(file)
    const check = head === null ? null : checkColumns(head.header, fields)
    setChosen({ file, key: crypto.randomUUID(), check, sample: head?.rows.slice(0, 3) ?? [] })
  }
  if (batch !== null) return <BatchProgress pilot={pilot} batch={batch} onAgain={() => setBatch(null)} />
  const rejected = start.isError ? rejectedRowsOf(start.error) : null
  const canStart = chosen?.check !== null && chosen?.check.missingRequired.length === 0
  return (
    <section className="many" aria-label="Start many cases">
      <FileDrop
        label={chosen === null ? 'Choose or drop a CSV file' : `${chosen.file.name}: choose another`}
        hint="One row a case. The first row names the fields, by their name or label."
        accept=".csv,.txt,text/csv"
        disabled={start.isPending}
        onFile={(file) => void onFile(file)}
      />
      <Template fields={fields} name={pilot.map.unit} />
      {chosen !== null &&
        (chosen.check === null ? <NoHeader /> : <Columns chosen={chosen} check={chosen.check} />)}
      {rejected !== null && <FaultyRows rejected={rejected} />}
      {start.isError && rejected === null && (
        <p className="form-faults" role="alert">
          {wordsFor(start.error)} No case was started.
        </p>
      )}
      {chosen !== null && canStart && (
        <div className="start-actions">
          {rejected === null ? (
            <Button
              variant="filled"
              loading={start.isPending}
              onClick={() => start.mutate({ ...chosen, skipFaulty: false })}
            >
              Start a case for every row
            </Button>
          ) : (
            <Button
              variant="filled"
              loading={start.isPending}
              onClick={() => start.mutate({ ...chosen, skipFaulty: true })}
            >
              Leave out {rejected.total === 1 ? 'this row' : `these ${rejected.total} rows`} and start the
              rest
            </Button>
          )}
        </div>
      )}
    </section>
  )
}

function Template({ fields, name }: { fields: IntakeField[]; name: string }): ReactElement {
  function onDownload(): void {
    const address = URL.createObjectURL(new Blob([templateCsv(fields)], { type: 'text/csv' }))
    const link = document.createElement('a')
    link.href = address
    link.download = `${name}-cases.csv`
    link.click()
    URL.revokeObjectURL(address)
  }
  return (
    <button type="button" className="template" onClick={onDownload}>
      <IconDownload size={16} stroke={1.75} aria-hidden />
      An empty file with the right columns
    </button>
  )
}

function NoHeader(): ReactElement {
  return (
    <p className="form-faults" role="alert">
      This file has no first row with field names. Nothing was sent.
    </p>
  )
}

function Columns({ chosen, check }: { chosen: Chosen; check: ColumnCheck }): ReactElement {
  return (
    <section className="columns" aria-labelledby="columns-title">
      <h2 id="columns-title">Columns</h2>
      <div className="table-scroll" tabIndex={0} role="region" aria-label="Columns and first rows">
        <table>
          <thead>
            <tr>
              {check.columns.map((column, index) => (
                <th key={index} scope="col" data-known={column.field !== null}>
                  <span className="column-name">{column.header === '' ? 'no name' : column.header}</span>
                  <span className="column-field">
                    {column.field === null ? (
                      'not used'
                    ) : (
                      <>
                        <IconCheck size={13} aria-hidden /> {column.field}
                      </>
                    )}
                  </span>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {chosen.sample.map((row, at) => (
              <tr key={at}>
                {check.columns.map((_, index) => (
                  <td key={index}>{row[index] ?? ''}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {check.missingRequired.length > 0 && (
        <p className="form-faults" role="alert">
          No case can start without {list.format(check.missingRequired)}. Add{' '}
          {check.missingRequired.length === 1 ? 'a column with this name' : 'columns with these names'}.
        </p>
      )}
      {check.missing.length > 0 && (
        <p className="dim small">Left empty in every case: {check.missing.join(', ')}.</p>
      )}
    </section>
  )
}

function FaultyRows({ rejected }: { rejected: RejectedRows }): ReactElement {
  const more = rejected.total - rejected.rows.length
  return (
    <section className="faulty" aria-labelledby="faulty-title" role="alert">
      <h2 id="faulty-title">
        <IconAlertTriangle size={17} stroke={1.75} aria-hidden />
        {rejected.total === 1 ? '1 row cannot start' : `${rejected.total} rows cannot start`}, so nothing was
        started
      </h2>
      <div className="table-scroll" tabIndex={0} role="region" aria-label="Rows that cannot start">
        <table>
          <thead>
            <tr>
              <th scope="col">Row</th>
              <th scope="col">Field</th>
              <th scope="col">What is wrong</th>
            </tr>
          </thead>
          <tbody className="num">
            {rejected.rows.map((row, index) => (
              <tr key={index}>
                <td>{row.row}</td>
                <td>{row.field}</td>
                <td>{row.message}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {more > 0 && <p className="dim small num">and {more} more</p>}
      <p className="small">Mend them in the file and choose it again, or leave out exactly these rows.</p>
    </section>
  )
}

type BatchProgressProps = { pilot: PilotDetail; batch: CaseBatch; onAgain: () => void }

function BatchProgress({ pilot, batch: first, onAgain }: BatchProgressProps): ReactElement {
  const asked = useQuery({
    ...ask('caseBatch', { params: { batchId: first.id } }),
    refetchInterval: ({ state }) => (state.data?.status === 'done' ? false : 700),
  })
  const batch = asked.data ?? first
  const tried = batch.started + batch.refused
  return (
    <section className="started" aria-labelledby="batch-title">
      <h2 id="batch-title" className="num" aria-live="polite">
        {batch.status === 'done'
          ? `${batch.started} cases are under way`
          : `Starting ${Math.min(tried + 1, batch.total)} of ${batch.total}`}
      </h2>
      <Progress
        value={batch.total === 0 ? 100 : (tried / batch.total) * 100}
        aria-label="Cases started"
        size="md"
      />
      {batch.refused > 0 && <p className="num">{batch.refused} could not be started.</p>}
      {asked.isError && (
        <p className="form-faults" role="alert">
          {wordsFor(asked.error)} The cases go on starting.
        </p>
      )}
      <div className="start-actions">
        <Link
          className="start-link"
          to="/pilots/$pilotId"
          params={{ pilotId: pilot.id }}
          search={{ tab: 'cases', status: 'open' }}
        >
          See the cases
        </Link>
        {batch.status === 'done' && (
          <Button variant="default" onClick={onAgain}>
            Start more
          </Button>
        )}
      </div>
    </section>
  )
}
