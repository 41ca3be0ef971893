import type { ReactElement } from 'react'

export function Toast(): ReactElement | null {
  return null
}
