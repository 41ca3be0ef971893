import { NativeSelect } from '@mantine/core'
import { IconHelpCircle } from '@tabler/icons-react'
import type { ReactElement } from 'react'
import type { ColumnMapping } from '#domain/measure/event-log.ts'
import type { Upload } from '#domain/views/baselines.ts'
import { ZoneField } from './zone-field.tsx'

type ColumnsFormProps = { upload: Upload; mapping: ColumnMapping; onChange: (mapping: ColumnMapping) => void }

const roles = [
  { key: 'case', label: 'Case', hint: 'Same value on all rows of one case', required: true },
  { key: 'activity', label: 'Step', hint: 'What was done', required: true },
  { key: 'start', label: 'Begun', hint: 'When work on the step began', required: false },
  { key: 'end', label: 'Ended', hint: 'When the step was done', required: true },
  { key: 'resource', label: 'Person', hint: 'Who did it', required: false },
  { key: 'enabled', label: 'Ready', hint: 'When the step could have begun', required: false },
  {
    key: 'lifecycle',
    label: 'Kind of row',
    hint: 'Scheduled, started, suspended, completed',
    required: false,
  },
  { key: 'instanceId', label: 'Same piece of work', hint: 'Joins the rows of one step', required: false },
] as const

/** Which column says what, with the first rows in sight. */
export function ColumnsForm({ upload, mapping, onChange }: ColumnsFormProps): ReactElement {
  const roleOf = (column: string): string =>
    roles
      .filter((role) => mapping[role.key] === column)
      .map((role) => role.label)
      .join(', ')
  return (
    <section className="import-part" aria-labelledby="columns-title">
      <h2 id="columns-title">Columns</h2>
      <p className="dim">
        {upload.fileName}, {upload.rowsSeen.toLocaleString('en-GB')} rows seen. The columns were guessed;
        change what is wrong.
      </p>
      {upload.questions.length > 0 && (
        <ul className="questions">
          {upload.questions.map((question) => (
            <li key={question}>
              <IconHelpCircle size={17} stroke={1.75} aria-hidden />
              {question}
            </li>
          ))}
        </ul>
      )}
      <div className="roles">
        {roles.map((role) => (
          <NativeSelect
            key={role.key}
            label={role.label}
            description={role.hint}
            value={mapping[role.key] ?? ''}
            onChange={(event) => {
              const column = event.currentTarget.value
              onChange({ ...mapping, [role.key]: column === '' ? null : column })
            }}
          >
            {!role.required && <option value="">Not in this file</option>}
            {upload.columns.map((column) => (
              <option key={column} value={column}>
                {column}
              </option>
            ))}
          </NativeSelect>
        ))}
        <NativeSelect
          label="Dates such as 03/04/2026"
          description="Where the figures alone do not tell"
          value={mapping.dateOrder ?? ''}
          onChange={(event) => {
            const order = event.currentTarget.value
            onChange({
              ...mapping,
              dateOrder: order === 'ymd' || order === 'dmy' || order === 'mdy' ? order : null,
            })
          }}
        >
          <option value="">The file is clear</option>
          <option value="dmy">Day first: 3 April</option>
          <option value="mdy">Month first: 4 March</option>
          <option value="ymd">Year first</option>
        </NativeSelect>
        <ZoneField
          label="Time zone"
          description="Of times that carry none"
          value={mapping.zone ?? ''}
          mayBeEmpty
          onChange={(zone) => onChange({ ...mapping, zone: zone === '' ? null : zone })}
        />
      </div>
      <div className="table-scroll" tabIndex={0} role="region" aria-label="First rows of the file">
        <table>
          <thead>
            <tr>
              {upload.columns.map((column) => (
                <th key={column} scope="col" data-used={roleOf(column) !== ''}>
                  <span className="column-role">{roleOf(column) === '' ? 'not used' : roleOf(column)}</span>
                  {column}
                </th>
              ))}
            </tr>
          </thead>
          <tbody className="num">
            {upload.sampleRows.map((row, at) => (
              <tr key={at}>
                {upload.columns.map((column, index) => (
                  <td key={column} data-used={roleOf(column) !== ''}>
                    {row[index] ?? ''}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  )
}
