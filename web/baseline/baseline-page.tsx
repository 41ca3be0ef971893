import { useQuery } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import type { ReactElement } from 'react'
import { ask } from '../queries.ts'
import { ErrorState, Loading } from '../ui/states.tsx'

export default function BaselinePage(): ReactElement {
  const { processId } = useParams({ from: '/processes/$processId/baseline' })
  const process = useQuery(ask('process', { params: { processId } }))
  if (process.isError) return <ErrorState error={process.error} what="The process could not be loaded" />
  if (process.data === undefined) return <Loading />
  return <h1>Baseline of {process.data.name}</h1>
}
