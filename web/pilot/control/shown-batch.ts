import { useQuery } from '@tanstack/react-query'
import { useEffect } from 'react'
import { create } from 'zustand'
import type { CommandBatch } from '#domain/views/control.ts'
import type { PilotDetail } from '#domain/views/pilots.ts'
import { ask } from '#web/queries.ts'

/** The command for many cases that is shown for each pilot: it stays, done as well, until it is put away. */
const useShown = create<{ shown: Record<string, CommandBatch>; away: string[] }>()(() => ({
  shown: {},
  away: [],
}))

export function showBatch(pilotId: string, batch: CommandBatch): void {
  useShown.setState(({ shown }) => ({ shown: { ...shown, [pilotId]: batch } }))
}

export function putBatchAway(pilotId: string): void {
  useShown.setState(({ shown, away }) => {
    const { [pilotId]: gone, ...others } = shown
    return { shown: others, away: gone === undefined ? away : [...away, gone.id] }
  })
}

/** The newest command of a pilot that somebody has not put away, as far as it has come; null without one. */
export function useShownBatch(pilot: PilotDetail): CommandBatch | null {
  const { shown, away } = useShown()
  const running = pilot.batch !== null && !away.includes(pilot.batch.id) ? pilot.batch : null
  useEffect(() => {
    if (running !== null) showBatch(pilot.id, running)
  }, [pilot.id, running])
  const known = shown[pilot.id] ?? running
  const latest = useQuery({
    ...ask('commandBatch', { params: { commandBatchId: known?.id ?? '' } }),
    enabled: known !== null && known.status === 'working',
    refetchInterval: ({ state }) => (state.data?.status === 'done' ? false : 1_500),
  }).data
  useEffect(() => {
    if (latest !== undefined) showBatch(pilot.id, latest)
  }, [pilot.id, latest])
  if (known === null) return null
  return latest?.id === known.id ? latest : known
}
