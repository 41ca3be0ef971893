import type { ReactElement } from 'react'

type RingProps = {
  /** Full at 1. */
  share: number
  tone: 'calm' | 'warn' | 'over' | 'accent'
  size?: number
}

const around = 2 * Math.PI * 8

/** A small ring for the share of time; decoration beside words that say the same. */
export function Ring({ share, tone, size = 18 }: RingProps): ReactElement {
  const arc = Math.max(0, Math.min(1, share)) * around
  return (
    <svg className="ring" data-tone={tone} width={size} height={size} viewBox="0 0 20 20" aria-hidden="true">
      <circle cx="10" cy="10" r="8" className="track" />
      <circle
        cx="10"
        cy="10"
        r="8"
        className="arc"
        strokeDasharray={`${arc.toFixed(1)} ${around.toFixed(1)}`}
        transform="rotate(-90 10 10)"
      />
    </svg>
  )
}
