import { IconHourglassHigh } from '@tabler/icons-react'
import type { NodeProps } from '@xyflow/react'
import { memo, type ReactElement } from 'react'
import { useCanvas } from './canvas-store.ts'
import type { NeckNode } from './flow-types.ts'

/** What holds the process up, said below the step that does. */
export const NeckNote = memo(function NeckNote({ data }: NodeProps<NeckNode>): ReactElement | null {
  const bottleneck = useCanvas((state) => state.bottleneck)
  if (bottleneck === null || bottleneck.stepId !== data.stepId) return null
  return (
    <div className="neck-note">
      <b>
        <IconHourglassHigh size={15} stroke={1.75} aria-hidden />
        Bottleneck
      </b>
      <span className="num">{bottleneck.sentence}</span>
    </div>
  )
})
