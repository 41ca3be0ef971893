import { useMutation, useQueryClient, type UseMutationResult } from '@tanstack/react-query'
import type { Me } from '#domain/views/session.ts'
import { call } from '../api.ts'
import { ask } from '../queries.ts'

type Session = {
  signIn: UseMutationResult<Me, Error, string>
  signOut: UseMutationResult<Me, Error, void>
}

/** Acting as a persona, and leaving. What was loaded for one person is never shown to the next. */
export function useSession(): Session {
  const client = useQueryClient()
  function become(me: Me): void {
    client.removeQueries({ predicate: (query) => query.queryKey[0] !== 'me' })
    client.setQueryData(ask('me', {}).queryKey, me)
  }
  return {
    signIn: useMutation({
      mutationFn: (persona: string) => call('signIn', { body: { persona } }),
      onSuccess: become,
    }),
    signOut: useMutation({ mutationFn: () => call('signOut', {}), onSuccess: become }),
  }
}
