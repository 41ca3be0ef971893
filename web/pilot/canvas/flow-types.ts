import type { Edge, Node } from '@xyflow/react'
import type { Step } from '#domain/process-map.ts'
import type { PlacedLink } from '../layout/place.ts'

export type StepNode = Node<{ step: Step; place: string }, 'step'>
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
export type MapNode = GroundNode | StepNode | LaneNode | StartNode | NeckNode

/** What a link is, beyond its corners: whether the way splits where it leaves, and how it is told of. */
export type LinkEdge = Edge<
  {
    link: PlacedLink
    /** All links that leave the same step on the path, when there are several. */
    siblings: string[]
    tells: 'share' | 'rejoin' | 'sent-back' | 'nothing'
  },
  'link'
>
