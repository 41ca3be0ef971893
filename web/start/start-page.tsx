import { useQuery } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import type { ReactElement } from 'react'
import { ask } from '../queries.ts'
import { ErrorState, Loading } from '../ui/states.tsx'

export default function StartPage(): ReactElement {
  const { pilotId } = useParams({ from: '/pilots/$pilotId/start' })
  const pilot = useQuery(ask('pilot', { params: { pilotId } }))
  if (pilot.isError) return <ErrorState error={pilot.error} what="The pilot could not be loaded" />
  if (pilot.data === undefined) return <Loading />
  return <h1>Start a case of {pilot.data.processName}</h1>
}
