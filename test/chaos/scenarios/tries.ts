import type { Line } from '../load/history.ts'

type Try = Extract<Line, { line: 'try' }>

/** The tries that began since a moment. */
export function triesSince(lines: Line[], since: number): Try[] {
  return lines.filter((line) => line.line === 'try').filter((line) => line.at - line.tookMs >= since)
}
