import { Position } from '@xyflow/react'
import { inReadingOrder, undoSteps } from '#domain/graph.ts'
import type { ProcessMap } from '#domain/process-map.ts'
import { blocksOf, regionBlocks } from '../layout/map-blocks.ts'
import type { Box, MapLayout } from '../layout/place.ts'
import { hasTime } from '../lens.ts'
import { regionWords, stepDetail } from '../step-details.ts'
import { placeOf } from '../step-place.ts'
import type { LinkEdge, MapNode } from './flow-types.ts'

/** A laid-out map as React Flow takes it, nodes in the order in which a case meets them. */
export function flowPartsOf(map: ProcessMap, layout: MapLayout): { nodes: MapNode[]; edges: LinkEdge[] } {
  const order = new Map(inReadingOrder(map).map((step, index) => [step.id, index]))
  const steps = map.steps.toSorted((a, b) => (order.get(a.id) ?? 0) - (order.get(b.id) ?? 0))
  const boxes = new Map(layout.steps.map((box) => [box.id, box]))
  const undoing = undoSteps(map)
  const laneNames = new Map(map.exceptions.map((lane) => [lane.id, lane]))
  const nodes: MapNode[] = [
    {
      id: ' ground',
      type: 'ground',
      position: { x: 0, y: 0 },
      width: layout.width,
      height: layout.height,
      zIndex: -2,
      data: {},
    },
  ]
  const start = boxes.get(map.start)
  if (start !== undefined) nodes.push(startNode(start))
  const regions = new Map(regionBlocks(blocksOf(map)).map((block) => [block.opener.id, block]))
  const shownLanes = new Set<string>()
  for (const step of steps) {
    if (step.lane !== null && !shownLanes.has(step.lane)) {
      shownLanes.add(step.lane)
      for (const lane of layout.lanes.filter((at) => at.lane === step.lane)) {
        const named = laneNames.get(step.lane)
        const laneSteps = new Set(map.steps.filter((at) => at.lane === step.lane).map((at) => at.id))
        nodes.push({
          id: `lane ${lane.key}`,
          type: 'lane',
          position: { x: lane.x, y: lane.y },
          width: lane.width,
          height: lane.height,
          zIndex: -1,
          data: {
            name: named?.name ?? step.lane,
            why: named?.why ?? '',
            steps: [...laneSteps],
            entries: layout.links
              .filter((link) => laneSteps.has(link.to) && !laneSteps.has(link.from))
              .map((link) => link.id),
            nameWidth: lane.name?.width ?? 0,
            above: lane.name?.width === lane.width,
            first: lane.name !== null,
          },
        })
      }
    }
    const box = boxes.get(step.id)
    if (box === undefined) continue
    nodes.push({
      id: step.id,
      type: 'step',
      position: { x: box.x, y: box.y },
      width: box.width,
      height: box.height,
      handles: [
        { type: 'target', position: Position.Left, x: 0, y: box.height / 2, width: 1, height: 1 },
        { type: 'source', position: Position.Right, x: box.width, y: box.height / 2, width: 1, height: 1 },
      ],
      data: {
        step,
        place: placeOf(map, step),
        detail: stepDetail(map, step),
        isSmall: step.lane !== null || undoing.has(step.id),
        isUndo: undoing.has(step.id),
      },
    })
    const region = regions.get(step.id)
    for (const ground of region === undefined ? [] : layout.regions.filter((at) => at.opener === step.id)) {
      nodes.push({
        id: `region ${ground.key}`,
        type: 'region',
        position: { x: ground.x, y: ground.y },
        width: ground.width,
        height: ground.height,
        zIndex: -1,
        data: {
          words: region === undefined ? '' : regionWords(map, region.opener, region.join),
          isFirst: ground.isFirst,
          isList: step.kind === 'for-each',
          isInner: ground.depth > 0,
        },
      })
    }
    const neck = !hasTime(step) ? null : neckBox(box, layout)
    if (neck !== null) {
      nodes.push({
        id: `neck ${step.id}`,
        type: 'neck',
        position: { x: neck.x, y: neck.y },
        width: neck.width,
        height: neck.height,
        data: { stepId: step.id },
      })
    }
  }
  return { nodes, edges: edgesOf(map, layout) }
}

function startNode(start: Box): MapNode {
  return {
    id: ' start',
    type: 'start',
    position: { x: start.x - 34, y: start.y + start.height / 2 - 30 },
    width: 32,
    height: 40,
    data: {},
  }
}

const neckSize = { width: 184, height: 78 }

/** Below a step, where nothing else is drawn; null where there is no room, and the note stands above the map. */
function neckBox(step: Box, layout: MapLayout): Box | null {
  const box = { x: step.x, y: step.y + step.height + 13, ...neckSize }
  if (box.y + box.height > layout.height + 70) return null
  const clashes = (other: Box): boolean =>
    box.x < other.x + other.width &&
    other.x < box.x + box.width &&
    box.y < other.y + other.height &&
    other.y < box.y + box.height
  const lines = layout.links.flatMap((link) =>
    link.points.slice(1).map((point, index) => {
      const from = link.points[index] ?? point
      return {
        x: Math.min(from.x, point.x) - 2,
        y: Math.min(from.y, point.y) - 2,
        width: Math.abs(from.x - point.x) + 4,
        height: Math.abs(from.y - point.y) + 4,
      }
    }),
  )
  return [...layout.steps, ...layout.lanes, ...lines].some(clashes) ? null : box
}

function edgesOf(map: ProcessMap, layout: MapLayout): LinkEdge[] {
  const lane = new Map(map.steps.map((step) => [step.id, step.lane]))
  return layout.links.map((link) => {
    const siblings = layout.links
      .filter((other) => other.from === link.from && other.on === 'path')
      .map((other) => other.id)
    const tells =
      link.on !== 'path'
        ? link.on
        : link.branch !== null
          ? 'branch'
          : siblings.length > 1
            ? 'share'
            : lane.get(link.from) !== null && lane.get(link.to) === null
              ? 'rejoin'
              : 'nothing'
    return {
      id: link.id,
      type: 'link',
      source: link.from,
      target: link.to,
      domAttributes: { 'aria-hidden': true },
      data: { link, siblings, tells },
    } satisfies LinkEdge
  })
}
