import { useEffect, useMemo, useState } from 'react'
import type { ProcessMap } from '#domain/process-map.ts'
import { drawnLinksOf } from './layout/drawn-links.ts'
import { layoutOf, type MapLayout } from './layout/place.ts'
import { hasStacks, rowGraphs, type RowTops } from './layout/row-order.ts'
import { pilotSizes } from './layout/sizes.ts'
import { skeletonOf } from './layout/skeleton.ts'

/** Longer than this nobody waits for the layout engine: the plain order is drawn. */
const patienceMs = 1_500

/**
 * The layout of a pilot's map; null while the engine is at work on a map where order is a choice. A map of
 * single file looks the same either way and is drawn at once.
 */
export function useLayout(map: ProcessMap): MapLayout | null {
  const plain = useMemo(() => layoutOf({ map, sizes: pilotSizes(map) }), [map])
  const stacked = useMemo(
    () => plain.regions.length === 0 && hasStacks(skeletonOf(map, drawnLinksOf(map))),
    [map, plain],
  )
  const [found, setFound] = useState<{ map: ProcessMap; layout: MapLayout } | null>(null)
  useEffect(() => {
    if (!stacked) return
    let left = false
    const settle = (layout: MapLayout): void => {
      if (!left) setFound({ map, layout })
      left = true
    }
    const timer = setTimeout(() => settle(plain), patienceMs)
    void engineTops(map).then(
      (tops) => settle(layoutOf({ map, sizes: pilotSizes(map), tops })),
      () => settle(plain),
    )
    return () => {
      left = true
      clearTimeout(timer)
    }
  }, [map, plain, stacked])
  if (found?.map === map) return found.layout
  return stacked ? null : plain
}

async function engineTops(map: ProcessMap): Promise<RowTops[]> {
  const { elkTops } = await import('./layout/elk-rows.ts')
  const links = drawnLinksOf(map)
  const sizes = pilotSizes(map)
  return await elkTops(rowGraphs(skeletonOf(map, links), links), sizes.task, sizes.stackGap)
}
