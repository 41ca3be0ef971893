import type { ProcessMap, Step } from '#domain/process-map.ts'
import type { Opener } from '#domain/regions.ts'

/** What a step of this kind does, beyond its title, in a few words; null where kind and title say it. */
export function stepDetail(map: ProcessMap, step: Step): string | null {
  switch (step.kind) {
    case 'fork': {
      const branches = map.links.filter((link) => link.on === 'branch' && link.from === step.id).length
      return `${branches} branches at once`
    }
    case 'join':
      return step.waitsFor === 'all' ? 'Waits for all of them' : 'The first one goes on'
    case 'for-each':
      return `${labelOf(map, step.list)}, ${step.maxParallel === 1 ? 'one by one' : `${step.maxParallel} at a time`}`
    case 'wait':
      return waitDetail(map, step.waitsFor)
    case 'call':
      return `${step.method === 'GET' ? 'Asks' : 'Tells'} ${step.connection}`
    case 'sub-process':
      return `Map version ${step.version}`
    case 'ai':
    case 'manual':
    case 'review':
    case 'decision':
    case 'end':
      return null
  }
}

function waitDetail(map: ProcessMap, waitsFor: Extract<Step, { kind: 'wait' }>['waitsFor']): string {
  switch (waitsFor.until) {
    case 'minutes':
      return `For ${minutesWords(waitsFor.minutes)}`
    case 'working-minutes':
      return `For ${minutesWords(waitsFor.workingMinutes)} working time`
    case 'date':
      return `Until ${labelOf(map, waitsFor.field)}`
    case 'message':
      return `For message “${waitsFor.message}”`
  }
}

/** "45 min", "2 h", "2 h 30", "3 d": what an owner wrote, so never rounded. */
export function minutesWords(minutes: number): string {
  if (minutes % 1_440 === 0) return `${minutes / 1_440} d`
  if (minutes < 60) return `${minutes} min`
  const rest = minutes % 60
  return `${Math.floor(minutes / 60)} h${rest === 0 ? '' : ` ${String(rest).padStart(2, '0')}`}`
}

/** What the ground behind a fork or a list is called. */
export function regionWords(map: ProcessMap, opener: Opener, join: string): string {
  if (opener.kind === 'for-each') return `For each line of ${labelOf(map, opener.list)}`
  const closing = map.steps.find((step) => step.id === join)
  const isRace = closing?.kind === 'join' && closing.waitsFor === 'any'
  return isRace ? 'At the same time, the first goes on' : 'At the same time'
}

function labelOf(map: ProcessMap, name: string): string {
  return map.fields.find((field) => field.name === name)?.label ?? name
}
