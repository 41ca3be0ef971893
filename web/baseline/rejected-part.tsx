import { Checkbox } from '@mantine/core'
import type { ReactElement } from 'react'
import type { UploadCheck } from '#domain/views/baselines.ts'

type RejectedPartProps = { check: UploadCheck; skip: boolean; onSkip: (skip: boolean) => void }

/** Rows that cannot be read, each with its number and reason; leaving them out is a choice. */
export function RejectedPart({ check, skip, onSkip }: RejectedPartProps): ReactElement | null {
  if (check.rejectedTotal === 0) return null
  const more = check.rejectedTotal - check.rejected.length
  const these = check.rejectedTotal === 1 ? 'this row' : `these ${check.rejectedTotal} rows`
  return (
    <section className="import-part" aria-labelledby="rejected-title">
      <h2 id="rejected-title">Rows that cannot be read</h2>
      <p className="dim num">
        {check.rejectedTotal} of {check.rows.toLocaleString('en-GB')} rows. Mend them in the file and choose
        it again, or leave out exactly {these}.
      </p>
      <div className="table-scroll" tabIndex={0} role="region" aria-label="Rejected rows">
        <table className="num">
          <thead>
            <tr>
              <th scope="col">Row</th>
              <th scope="col">Why</th>
              <th scope="col">What it holds</th>
            </tr>
          </thead>
          <tbody>
            {check.rejected.map((row) => (
              <tr key={`${row.row} ${row.reason}`}>
                <td>{row.row}</td>
                <td>{row.reason}</td>
                <td>{row.value === '' ? <span className="dim">empty</span> : row.value}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {more > 0 && <p className="dim small num">and {more.toLocaleString('en-GB')} more</p>}
      <Checkbox
        label={`Leave out exactly ${these}`}
        checked={skip}
        onChange={(event) => onSkip(event.currentTarget.checked)}
      />
    </section>
  )
}
