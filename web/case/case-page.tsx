import { useQuery } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import type { ReactElement } from 'react'
import { ask } from '../queries.ts'
import { ErrorState, Loading } from '../ui/states.tsx'

export default function CasePage(): ReactElement {
  const { caseId } = useParams({ from: '/cases/$caseId' })
  const found = useQuery(ask('case', { params: { caseId } }))
  if (found.isError) return <ErrorState error={found.error} what="The case could not be loaded" />
  if (found.data === undefined) return <Loading />
  return <h1>{found.data.title}</h1>
}
