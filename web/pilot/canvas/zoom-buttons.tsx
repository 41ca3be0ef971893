import { IconMaximize, IconMinus, IconPlus } from '@tabler/icons-react'
import { useReactFlow, useStore } from '@xyflow/react'
import type { ReactElement } from 'react'

const fitOptions = { padding: { top: '0px', bottom: '12px', x: '8px' }, minZoom: 0.15, maxZoom: 1 } as const

export function ZoomButtons(): ReactElement {
  const flow = useReactFlow()
  const zoom = useStore((state) => state.transform[2])
  return (
    <div className="zoom" role="group" aria-label="Zoom">
      <button type="button" aria-label="Zoom out" onClick={() => void flow.zoomOut()}>
        <IconMinus size={16} stroke={1.75} aria-hidden />
      </button>
      <button
        type="button"
        className="zoom-now num"
        title="Show at full size"
        onClick={() => void flow.zoomTo(1)}
      >
        {Math.round(zoom * 100)} %
      </button>
      <button type="button" aria-label="Zoom in" onClick={() => void flow.zoomIn()}>
        <IconPlus size={16} stroke={1.75} aria-hidden />
      </button>
      <button type="button" aria-label="Fit the whole map" onClick={() => void flow.fitView(fitOptions)}>
        <IconMaximize size={16} stroke={1.75} aria-hidden />
      </button>
    </div>
  )
}
