import { IconCheck, IconClock, IconMinus, IconQuestionMark, IconX } from '@tabler/icons-react'
import { Link } from '@tanstack/react-router'
import type { ReactElement } from 'react'
import { stepById } from '#domain/graph.ts'
import type { ProcessMap } from '#domain/process-map.ts'
import type { MoveCheck, MoveVerdict } from '#domain/views/control.ts'

type Row = MoveCheck['cases'][number]

const verdicts: { [Verdict in MoveVerdict]: { words: string; why: string; order: number } } = {
  'cannot-move': { words: 'Cannot move', why: '', order: 0 },
  unknown: { words: 'Not known', why: 'It did not answer; a move asks it again.', order: 1 },
  'not-now': { words: 'A little later', why: 'It moves when what is under way is done.', order: 2 },
  'can-move': { words: 'Can move', why: '', order: 3 },
  'there-already': { words: 'There already', why: '', order: 4 },
}

/** Every case with its verdict; those that cannot move come first, with the reason. */
export function MoveTable({ map, cases }: { map: ProcessMap; cases: Row[] }): ReactElement {
  const rows = cases.toSorted((a, b) => verdicts[a.verdict].order - verdicts[b.verdict].order)
  return (
    <div className="move-table" role="region" aria-label="Case by case" tabIndex={0}>
      <table className="num">
        <thead>
          <tr>
            <th scope="col">Case</th>
            <th scope="col">Is at</th>
            <th scope="col">From</th>
            <th scope="col">Verdict</th>
            <th scope="col">Why</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.caseId}>
              <th scope="row">
                <Link to="/cases/$caseId" params={{ caseId: row.caseId }}>
                  {row.title}
                </Link>
                <span className="dim"> {row.number}</span>
              </th>
              <td>{row.at.map((path) => titleOf(map, path)).join(', ')}</td>
              <td>Version {row.fromVersion}</td>
              <td>
                <span className="move-verdict" data-verdict={row.verdict}>
                  <VerdictIcon verdict={row.verdict} />
                  {verdicts[row.verdict].words}
                </span>
              </td>
              <td>{row.why ?? verdicts[row.verdict].why}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

function VerdictIcon({ verdict }: { verdict: MoveVerdict }): ReactElement {
  const shared = { size: 15, stroke: 2, 'aria-hidden': true }
  const icons: { [Verdict in MoveVerdict]: ReactElement } = {
    'can-move': <IconCheck {...shared} />,
    'not-now': <IconClock {...shared} />,
    'cannot-move': <IconX {...shared} />,
    'there-already': <IconMinus {...shared} />,
    unknown: <IconQuestionMark {...shared} />,
  }
  return icons[verdict]
}

function titleOf(map: ProcessMap, path: string): string {
  const [stepId = path] = path.split('/')
  return stepById(map, stepId)?.title ?? stepId
}
