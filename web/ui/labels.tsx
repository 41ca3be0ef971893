import type { ReactElement } from 'react'

/** Stands beside every draft that the small local model made. */
export function PracticeModel(): ReactElement {
  return <span className="label practice">Practice model</span>
}

/** Stands beside everything that is sample data or was decided by a sample colleague. */
export function SampleLabel(): ReactElement {
  return <span className="label sample">Sample</span>
}
