import { IconAlertTriangle } from '@tabler/icons-react'
import type { NodeProps } from '@xyflow/react'
import { memo, type ReactElement } from 'react'
import { useCanvas } from './canvas-store.ts'
import type { LaneNode } from './flow-types.ts'

/** The dashed ground of one exception, with its name and how many cases went there. */
export const LaneBox = memo(function LaneBox({ data }: NodeProps<LaneNode>): ReactElement {
  const cases = useCanvas((state) => data.entries.reduce((sum, id) => sum + (state.taken.get(id) ?? 0), 0))
  const started = useCanvas((state) => state.totals?.started ?? 0)
  return (
    <div className="lane-box" data-above={data.above || undefined}>
      {data.first && (
        <div className="lane-name" style={{ width: data.nameWidth }} title={data.why}>
          <span className="lane-kind">
            <IconAlertTriangle size={14} stroke={1.75} aria-hidden />
            Exception
          </span>
          <b>{data.name}</b>
          <span className="num">
            {cases} of {started} cases
          </span>
        </div>
      )}
    </div>
  )
})
