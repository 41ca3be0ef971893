import type { RunResult } from './finish.ts'

const columns: [string, (result: RunResult) => string][] = [
  ['scenario', ({ scenario }) => scenario],
  ['rows', ({ rows }) => (rows.length === 0 ? '-' : rows.join(', '))],
  ['seed', ({ seed }) => String(seed)],
  ['cases', ({ cases }) => String(cases)],
  ['operations', ({ operations }) => String(operations)],
  ['unknown tries', ({ unknownTries }) => String(unknownTries)],
  ['faults', ({ faults }) => String(faults)],
  ['violations', ({ violations }) => String(violations.length)],
  ['settled', ({ settledMs }) => seconds(settledMs)],
  ['drained', ({ drainedMs }) => seconds(drainedMs)],
]

/** The table that a run ends with, and under it each promise that was broken. */
export function tableOf(results: RunResult[]): string {
  const lines = [
    columns.map(([title]) => title),
    ...results.map((result) => columns.map(([, cell]) => cell(result))),
  ]
  const widths = columns.map((_, index) => Math.max(...lines.map((line) => (line[index] ?? '').length)))
  const table = lines.map((line) =>
    line
      .map((cell, index) => cell.padEnd(widths[index] ?? 0))
      .join('  ')
      .trimEnd(),
  )
  const broken = results.flatMap(({ scenario, seed, violations }) =>
    violations.map(({ invariant, what }) => `${invariant} (${scenario}, seed ${seed}): ${what}`),
  )
  return [...table, ...(broken.length === 0 ? [] : ['', ...broken])].join('\n')
}

function seconds(milliseconds: number | null): string {
  return milliseconds === null ? 'never' : `${(milliseconds / 1000).toFixed(1)} s`
}
