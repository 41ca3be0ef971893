import type { ReactElement } from 'react'

export function BrandMark({ size = 22, title }: { size?: number; title?: string }): ReactElement {
  const naming = title === undefined ? { 'aria-hidden': true } : { role: 'img', 'aria-label': title }
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      strokeWidth={2}
      strokeLinecap="round"
      strokeLinejoin="round"
      {...naming}
    >
      <path d="M3 17h5l4-10h9" />
      <circle cx="12" cy="7" r="2.6" fill="var(--ground)" />
    </svg>
  )
}
