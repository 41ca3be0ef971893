import type { RouteName } from '#domain/contract.ts'
import type { Deps } from './deps.ts'

const pauseMs = 10_000

/** Says how many requests were refused because too much was asked at once: the sign that something is to be scaled. */
export function refusalLog(log: Deps['log']): (name: RouteName) => void {
  const counts = new Map<RouteName, number>()
  let toldAt = Number.NEGATIVE_INFINITY
  return (name) => {
    counts.set(name, (counts.get(name) ?? 0) + 1)
    if (performance.now() - toldAt < pauseMs) return
    const words = [...counts].map(([route, n]) => `${route} ${n}`).join(', ')
    log({ level: 'warn', message: `Refused with 429, too much at once: ${words}` })
    toldAt = performance.now()
    counts.clear()
  }
}
