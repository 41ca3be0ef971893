import type { Edge, Node } from '@xyflow/react'
import type { Step } from '#domain/process-map.ts'
import type { PlacedLink } from '../layout/place.ts'

export type StepNode = Node<
  {
    step: Step
    place: string
    /** What the step does beyond its title; the other process of a sub-process is looked up by the card. */
    detail: string | null
    /** In a lane, or undoing another step: a smaller card. */
    isSmall: boolean
    isUndo: boolean
  },
  'step'
>
/** The ground behind what a fork or a list begins; only the first of several is named. */
export type RegionNode = Node<
  { words: string; isFirst: boolean; isList: boolean; isInner: boolean },
  'region'
>
export type LaneNode = Node<
  {
    name: string
    why: string
    steps: string[]
    entries: string[]
    nameWidth: number
    above: boolean
    first: boolean
  },
  'lane'
>
type StartNode = Node<Record<string, never>, 'start'>
export type NeckNode = Node<{ stepId: string }, 'neck'>
/** Nothing to see: it makes "the whole map" mean the lines too. */
type GroundNode = Node<Record<string, never>, 'ground'>
export type MapNode = GroundNode | StepNode | RegionNode | LaneNode | StartNode | NeckNode

/** What a link is, beyond its corners: whether the way splits where it leaves, and how it is told of. */
export type LinkEdge = Edge<
  {
    link: PlacedLink
    /** All links that leave the same step on the path, when there are several. */
    siblings: string[]
    tells: 'share' | 'branch' | 'rejoin' | 'sent-back' | 'undo' | 'nothing'
  },
  'link'
>
