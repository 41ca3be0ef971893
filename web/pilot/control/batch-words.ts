import { stepById } from '#domain/graph.ts'
import type { ProcessMap } from '#domain/process-map.ts'
import type { CommandBatch } from '#domain/views/control.ts'

type Words = { doing: string; done: string }

/** "Pausing 12 cases", "12 cases paused": what a command for many cases does, and what it came to. */
export function batchWords(map: ProcessMap, batch: CommandBatch): Words {
  const cases = batch.total === 1 ? '1 case' : `${batch.total} cases`
  const title = batch.stepId === null ? null : (stepById(map, batch.stepId)?.title ?? batch.stepId)
  const at = title === null ? '' : ` at “${title}”`
  switch (batch.kind) {
    case 'pause':
      return { doing: `Pausing ${cases}`, done: 'Paused' }
    case 'resume':
      return { doing: `Resuming ${cases}`, done: 'Resumed' }
    case 'go-by-hand':
      return { doing: `${cases} go by hand${at}`, done: `By hand${at}` }
    case 'come-back':
      return { doing: `${cases} go back to AI${at}`, done: `With AI again${at}` }
    case 'retry':
      return { doing: `Trying ${cases} again${at}`, done: `Tried again${at}` }
    case 'move':
      return {
        doing: `Moving ${cases} to version ${batch.toVersion ?? '?'}`,
        done: `Moved to version ${batch.toVersion ?? '?'}`,
      }
  }
}

/** Parts that add up to the whole; those that are nothing are left out, but for what succeeded. */
export function batchParts(batch: CommandBatch): { key: string; label: string; n: number }[] {
  const told = batch.pending - batch.trying - batch.waiting
  return [
    { key: 'succeeded', label: 'succeeded', n: batch.succeeded },
    { key: 'failed', label: 'failed', n: batch.failed },
    { key: 'skipped', label: 'skipped', n: batch.skipped },
    { key: 'trying', label: 'trying', n: batch.trying },
    { key: 'waiting', label: 'waiting for a safe point', n: batch.waiting },
    { key: 'pending', label: 'to go', n: Math.max(0, told) },
  ].filter((part) => part.n > 0 || part.key === 'succeeded')
}
