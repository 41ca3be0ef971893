import type { StoryLine } from '#domain/views/cases.ts'

/** A story as it stands on the page: days, and in each the lines and the boxes of exceptions. */
export type StoryDay = { day: string; parts: StoryPart[] }
export type StoryPart =
  | { kind: 'line'; line: StoryLine }
  /** `until` is when the story went on after it; null while it has not. */
  | { kind: 'exception'; name: string; lines: StoryLine[]; until: string | null }

/** Neighbouring lines of one exception stand in one box, even over several days. */
export function storyDays(story: StoryLine[], dayOf: (iso: string) => string): StoryDay[] {
  const parts: StoryPart[] = []
  for (const line of story) {
    const last = parts.at(-1)
    if (last?.kind === 'exception' && last.name === line.exception) last.lines.push(line)
    else {
      if (last?.kind === 'exception') last.until = line.at
      parts.push(
        line.exception === null
          ? { kind: 'line', line }
          : { kind: 'exception', name: line.exception, lines: [line], until: null },
      )
    }
  }
  const days: StoryDay[] = []
  for (const part of parts) {
    const day = dayOf(part.kind === 'line' ? part.line.at : (part.lines[0]?.at ?? ''))
    const open = days.at(-1)
    // Waiting is told where it began, under the day before.
    const isWaiting = part.kind === 'line' && part.line.icon === 'clock'
    if (open !== undefined && (open.day === day || isWaiting)) open.parts.push(part)
    else days.push({ day, parts: [part] })
  }
  return days
}

export type StorySums = { aiMs: number; peopleMs: number; waitedMs: number }

export function storySums(story: StoryLine[]): StorySums {
  const sum = (pick: (line: StoryLine) => number | null): number =>
    story.reduce((total, line) => total + (pick(line) ?? 0), 0)
  return {
    aiMs: sum((line) => line.aiMs),
    peopleMs: sum((line) => line.peopleMs),
    waitedMs: sum((line) => line.waitedMs),
  }
}
