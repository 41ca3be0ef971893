import { IconHandStop, IconPlayerPause } from '@tabler/icons-react'
import type { ReactElement } from 'react'
import './control-labels.css'

/** Stands beside whatever stands still until somebody resumes it. */
export function PausedLabel(): ReactElement {
  return (
    <span className="label paused">
      <IconPlayerPause size={13} stroke={2} aria-hidden />
      Paused
    </span>
  )
}

/** Stands beside whatever goes on without AI for now. */
export function ByHandLabel(): ReactElement {
  return (
    <span className="label by-hand">
      <IconHandStop size={13} stroke={2} aria-hidden />
      By hand
    </span>
  )
}
