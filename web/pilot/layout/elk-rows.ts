import type { ELK, ElkNode } from 'elkjs/lib/elk-api.js'
import ElkApi from 'elkjs/lib/elk-api.js'
import elkWorkerUrl from 'elkjs/lib/elk-worker.min.js?url'
import type { RowGraph, RowTops } from './row-order.ts'

let engine: ELK | null = null

/** ELK in its own worker; made on first use and kept, for its start costs more than a layout. */
function elk(): ELK {
  engine ??= new ElkApi({ workerFactory: () => new Worker(elkWorkerUrl) })
  return engine
}

/** One run per row. ELK chooses the order within columns and the heights; the columns are given. */
export async function elkTops(
  rows: RowGraph[],
  size: { width: number; height: number },
  gap: number,
): Promise<RowTops[]> {
  return await Promise.all(
    rows.map(async (row, index) => {
      const graph: ElkNode = {
        id: `row-${index}`,
        layoutOptions: {
          'elk.algorithm': 'layered',
          'elk.direction': 'RIGHT',
          'elk.edgeRouting': 'ORTHOGONAL',
          'elk.separateConnectedComponents': 'false',
          'elk.partitioning.activate': 'true',
          'elk.layered.considerModelOrder.strategy': 'NODES_AND_EDGES',
          'elk.layered.nodePlacement.favorStraightEdges': 'true',
          'elk.spacing.nodeNode': String(gap),
        },
        children: row.steps.map((step) => ({
          id: step.id,
          ...size,
          layoutOptions: { 'elk.partitioning.partition': String(step.column) },
        })),
        edges: row.links.map((link, at) => ({
          id: `link-${at}`,
          sources: [link.from],
          targets: [link.to],
        })),
      }
      const placed = await elk().layout(graph)
      return new Map((placed.children ?? []).map((child) => [child.id, child.y ?? 0]))
    }),
  )
}
