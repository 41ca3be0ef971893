import { useQuery } from '@tanstack/react-query'
import type { Me } from '#domain/views/session.ts'
import { ask } from '../queries.ts'

/** Who is signed in; undefined while it is being asked. */
export function useMe(): Me | undefined {
  return useQuery({ ...ask('me', {}), staleTime: 60_000 }).data
}
