import type { ReactElement } from 'react'
import { Loading } from '#web/ui/states.tsx'

/** A page on its way, already named for those who hear it. */
export function PageLoading({ title, rows }: { title: string; rows: number }): ReactElement {
  return (
    <>
      <h1 className="sr">{title}</h1>
      <Loading rows={rows} />
    </>
  )
}
