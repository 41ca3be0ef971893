import { useEffect } from 'react'

/** The tab's title: what the page is about first. */
export function usePageTitle(title: string): void {
  useEffect(() => {
    document.title = `${title} · Throughline`
  }, [title])
}
