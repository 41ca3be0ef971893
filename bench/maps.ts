import { createHash } from 'node:crypto'
import { checkMap } from '#domain/check-map.ts'
import { compilePlan } from '#domain/compile-plan.ts'
import type { Link, ProcessMap, Step } from '#domain/process-map.ts'
import { ai, aMap, branch, decision, end, fork, join, manual, next, review } from '#test/support/maps.ts'

type Shape = { name: string; make: (steps: number) => ProcessMap }

const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index)

const shapes: Shape[] = [
  {
    name: 'a chain of manual steps',
    make: (steps) => aMap([...upTo(steps - 1).map((at) => manual(`m${at}`)), end()]),
  },
  {
    name: 'a chain of drafts before one review',
    make: (steps) => aMap([...upTo(steps - 2).map((at) => ai(`a${at}`)), review('read', 'a0'), end()]),
  },
  {
    name: 'rules that lead everywhere',
    make: (steps) => {
      const ids = upTo(steps - 1).map((at) => `d${at}`)
      const links = ids.flatMap((from, at): Link[] => [
        { on: 'otherwise', from, to: ids[at + 1] ?? 'done', label: 'on' },
        ...[3, 7].map((stride): Link => ({
          on: 'when',
          from,
          to: ids[(at * stride) % ids.length] ?? 'done',
          condition: `amount > ${at} && (urgent || sender == "x")`,
          label: 'there',
        })),
      ])
      return aMap([...ids.map((id) => decision(id)), end()], { links })
    },
  },
  {
    name: 'forks inside forks',
    make: (steps) => {
      const levels = upTo(Math.floor((steps - 2) / 3))
      const nested = levels.flatMap((at): Step[] => [fork(`f${at}`), manual(`m${at}`), join(`j${at}`)])
      const links = levels.flatMap((at) => [
        branch(`f${at}`, `m${at}`),
        branch(`f${at}`, at + 1 < levels.length ? `f${at + 1}` : 'core'),
        next(`m${at}`, `j${at}`),
        next(`j${at}`, at === 0 ? 'done' : `j${at - 1}`),
      ])
      return aMap([...nested, manual('core'), end()], {
        links: [...links, next('core', `j${levels.length - 1}`)],
      })
    },
  },
]

type Measured = { shape: string; steps: number; checkMs: number; compileMs: number }

/** What checking and compiling a map costs as it grows: twice the steps, and how much more time. */
export async function bench({
  isQuick,
  say,
}: {
  isQuick: boolean
  say: (line: string) => void
}): Promise<unknown> {
  const sizes = isQuick ? [125, 250] : [125, 250, 500]
  const results: Measured[] = []
  for (const { name, make } of shapes) {
    for (const steps of sizes) {
      const map = make(steps)
      const how = { mapId: 'm', version: 1, sha256 }
      const isFine = checkMap(map).length === 0
      const checkMs = medianMs(() => checkMap(map))
      const compileMs = isFine ? medianMs(() => compilePlan(map, how)) : 0
      results.push({ shape: name, steps, checkMs, compileMs })
      say(`${name}, ${steps} steps: check ${checkMs.toFixed(1)} ms, compile ${compileMs.toFixed(1)} ms`)
    }
  }
  return { results }
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

function medianMs(work: () => unknown): number {
  const times = upTo(5).map(() => {
    const startedAt = performance.now()
    work()
    return performance.now() - startedAt
  })
  return times.toSorted((a, b) => a - b)[2] ?? 0
}
