import type { ReactElement } from 'react'

export function initialsOf(name: string): string {
  const parts = name.split(/\s+/).filter((part) => part !== '')
  const first = parts[0] ?? '?'
  const last = parts.length > 1 ? (parts.at(-1) ?? '') : ''
  return `${first.charAt(0)}${last.charAt(0)}`.toUpperCase()
}

/** Initials beside a name that is written out. */
export function Avatar({ name }: { name: string }): ReactElement {
  return (
    <span className="avatar" aria-hidden="true">
      {initialsOf(name)}
    </span>
  )
}
