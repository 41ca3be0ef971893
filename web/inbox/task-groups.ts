import type { TaskSummary } from '#domain/views/tasks.ts'

export type TaskGroup = { key: string; title: string; items: TaskSummary[] }

/** The list in the order it came, cut where the day's parts change: what is late, then by when it is due. */
export function groupByDue(items: readonly TaskSummary[], now: Date): TaskGroup[] {
  const groups: TaskGroup[] = []
  for (const item of items) {
    const { key, title } = groupOf(item.dueAt, now)
    const group = groups.find((other) => other.key === key)
    if (group === undefined) groups.push({ key, title, items: [item] })
    else group.items.push(item)
  }
  return groups
}

function groupOf(dueAt: string | null, now: Date): { key: string; title: string } {
  if (dueAt === null) return { key: 'none', title: 'No deadline' }
  const due = new Date(dueAt)
  if (due < now) return { key: 'over', title: 'Over time' }
  if (due.toDateString() !== now.toDateString()) return { key: 'later', title: 'Tomorrow and later' }
  if (due.getHours() < 12) return { key: 'morning', title: 'Before noon' }
  return { key: 'today', title: now.getHours() < 12 ? 'This afternoon' : 'Later today' }
}
