import type { ReactElement } from 'react'

/** The key of a button, for the eye only: screen readers hear it through `aria-keyshortcuts`. */
export function KeyHint({ keys }: { keys: string }): ReactElement {
  const single = keys.length === 1 && keys !== '?'
  return (
    <kbd className="key" aria-hidden="true" data-single={single ? '' : undefined}>
      {keys}
    </kbd>
  )
}
