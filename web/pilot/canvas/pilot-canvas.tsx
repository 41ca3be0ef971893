import '@xyflow/react/dist/base.css'
import { useReducedMotion } from '@mantine/hooks'
import { ReactFlow, ReactFlowProvider, useStore, type EdgeTypes, type NodeTypes } from '@xyflow/react'
import { memo, useEffect, useMemo, useRef, useState, type ReactElement } from 'react'
import type { Canvas, PilotDetail } from '#domain/views/pilots.ts'
import { Loading } from '#web/ui/states.tsx'
import type { MapLayout } from '../layout/place.ts'
import type { Lens } from '../pilot-search.ts'
import { isByHand } from '../by-hand.ts'
import { useLayout } from '../use-layout.ts'
import './canvas.css'
import { CanvasStoreProvider, createCanvasStore, showCanvas } from './canvas-store.ts'
import { firstView } from './first-view.ts'
import { flowPartsOf } from './flow-parts.ts'
import { LaneBox } from './lane-box.tsx'
import { LinkLine } from './link-line.tsx'
import { MovingCases } from './moving-cases.tsx'
import { NeckNote } from './neck-note.tsx'
import { RegionBox } from './region-box.tsx'
import { StartMark } from './start-mark.tsx'
import { StepCard } from './step-card.tsx'
import { ZoomButtons } from './zoom-buttons.tsx'

const Ground = memo(function Ground(): null {
  return null
})

const nodeTypes: NodeTypes = {
  ground: Ground,
  step: StepCard,
  region: RegionBox,
  lane: LaneBox,
  start: StartMark,
  neck: NeckNote,
}
const edgeTypes: EdgeTypes = { link: LinkLine }

type PilotCanvasProps = {
  pilot: PilotDetail
  canvas: Canvas
  lens: Lens
  selected: string | null
  onSelect: (stepId: string | null) => void
  motion: boolean
}

/** The map as it runs now. */
export default function PilotCanvas(props: PilotCanvasProps): ReactElement {
  const { pilot, canvas, lens, selected, onSelect } = props
  const [store] = useState(createCanvasStore)
  const layout = useLayout(pilot.map)
  useEffect(() => showCanvas(store, canvas), [store, canvas])
  const { map, byHand, byHandSteps } = pilot
  useEffect(() => {
    const steps = map.steps.filter((step) => isByHand({ byHand, byHandSteps }, step))
    store.setState({ byHand: new Set(steps.map((step) => step.id)) })
  }, [store, map, byHand, byHandSteps])
  useEffect(() => store.setState({ lens, selected, onSelect }), [store, lens, selected, onSelect])
  return (
    <CanvasStoreProvider value={store}>
      {layout === null ? (
        <Loading rows={4} />
      ) : (
        <ReactFlowProvider>
          <Flow {...props} layout={layout} />
        </ReactFlowProvider>
      )}
    </CanvasStoreProvider>
  )
}

function Flow({ pilot, canvas, motion, layout }: PilotCanvasProps & { layout: MapLayout }): ReactElement {
  const reduced = useReducedMotion(undefined, { getInitialValueInEffect: false })
  const parts = useMemo(() => flowPartsOf(pilot.map, layout), [pilot.map, layout])
  const box = useRef<HTMLDivElement>(null)
  const isFar = useStore((state) => state.transform[2] < 0.6)
  const neck = canvas.bottleneck
  const neckShown = neck !== null && parts.nodes.some((node) => node.id === `neck ${neck.stepId}`)
  return (
    <div ref={box} className="canvas-flow" data-far={isFar || undefined}>
      {neck !== null && !neckShown && (
        <p className="neck-above num">
          <b>Bottleneck: {pilot.map.steps.find((step) => step.id === neck.stepId)?.title}.</b> {neck.sentence}
        </p>
      )}
      <ReactFlow
        nodes={parts.nodes}
        edges={parts.edges}
        nodeTypes={nodeTypes}
        edgeTypes={edgeTypes}
        nodesDraggable={false}
        nodesConnectable={false}
        nodesFocusable={false}
        edgesFocusable={false}
        elementsSelectable={false}
        disableKeyboardA11y
        panOnScroll
        zoomOnDoubleClick={false}
        minZoom={0.15}
        maxZoom={1.5}
        onInit={(flow) => {
          const room = box.current?.querySelector('.react-flow')?.getBoundingClientRect()
          if (room !== undefined) void flow.setViewport(firstView(layout, room))
        }}
        onlyRenderVisibleElements={parts.nodes.length > 150}
        attributionPosition="bottom-left"
        aria-label={`Map of ${pilot.processName}`}
      >
        {motion && !reduced && <MovingCases pilotId={pilot.id} links={layout.links} />}
      </ReactFlow>
      <ZoomButtons />
    </div>
  )
}
