import { useQuery } from '@tanstack/react-query'
import type { ReactElement } from 'react'
import { ask } from '../queries.ts'
import { ErrorState, Loading } from '../ui/states.tsx'

export default function HomePage(): ReactElement {
  const home = useQuery(ask('home', {}))
  if (home.isError) return <ErrorState error={home.error} what="Home could not be loaded" />
  if (home.data === undefined) return <Loading />
  return <h1>{home.data.needsYou.sentence}</h1>
}
