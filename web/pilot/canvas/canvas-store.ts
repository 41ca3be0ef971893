import { createContext, useContext } from 'react'
import { createStore, useStore, type StoreApi } from 'zustand'
import type { Canvas, StepFigures } from '#domain/views/pilots.ts'
import { linkId } from '../layout/drawn-links.ts'
import type { Lens } from '../pilot-search.ts'

/** What the drawn steps and links show; kept outside React Flow so that a new figure touches one card only. */
export type CanvasState = {
  figures: ReadonlyMap<string, StepFigures>
  /** Cases that took each link, by link id. */
  taken: ReadonlyMap<string, number>
  mostTaken: number
  totals: Pick<Canvas, 'started' | 'finished' | 'throughput'> | null
  bottleneck: Canvas['bottleneck']
  /** Steps that a person does for now. */
  byHand: ReadonlySet<string>
  lens: Lens
  selected: string | null
  onSelect: (stepId: string | null) => void
}

export type CanvasStore = StoreApi<CanvasState>

export function createCanvasStore(): CanvasStore {
  return createStore<CanvasState>(() => ({
    figures: new Map(),
    taken: new Map(),
    mostTaken: 0,
    totals: null,
    bottleneck: null,
    byHand: new Set(),
    lens: 'time',
    selected: null,
    onSelect: () => {},
  }))
}

/** The answer keeps the identity of whatever did not change, so cards of untouched steps do not draw again. */
export function showCanvas(store: CanvasStore, canvas: Canvas): void {
  const taken = new Map(
    canvas.steps.flatMap((step) =>
      step.taken.map((link) => [linkId(step.stepId, link.to, link.on), link.n] as const),
    ),
  )
  store.setState({
    figures: new Map(canvas.steps.map((step) => [step.stepId, step])),
    taken,
    mostTaken: Math.max(canvas.started, ...taken.values()),
    totals: canvas,
    bottleneck: canvas.bottleneck,
  })
}

const Context = createContext<CanvasStore | null>(null)
export const CanvasStoreProvider = Context.Provider

export function useCanvas<Part>(part: (state: CanvasState) => Part): Part {
  const store = useContext(Context)
  if (store === null) throw new Error('A part of the canvas stands outside CanvasStoreProvider')
  return useStore(store, part)
}
