import { IconArrowsSplit, IconListCheck } from '@tabler/icons-react'
import type { NodeProps } from '@xyflow/react'
import { memo, type ReactElement } from 'react'
import type { RegionNode } from './flow-types.ts'

/** The ground behind steps that run at the same time, or once for each line of a list. */
export const RegionBox = memo(function RegionBox({ data }: NodeProps<RegionNode>): ReactElement {
  const Face = data.isList ? IconListCheck : IconArrowsSplit
  return (
    <div className="region-box" data-inner={data.isInner || undefined}>
      {data.isFirst && (
        <p className="region-name" title={data.words}>
          <Face size={14} stroke={1.75} aria-hidden />
          <span>{data.words}</span>
        </p>
      )}
    </div>
  )
})
