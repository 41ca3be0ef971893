import { QueryCache, QueryClient } from '@tanstack/react-query'
import type { ReplyOf, RouteName } from '#domain/contract.ts'
import { ApiError, call, type Call } from './api.ts'

export type Asking<Name extends RouteName> = {
  queryKey: readonly [Name, { params: unknown; query: unknown }]
  queryFn: (context: { signal: AbortSignal }) => Promise<ReplyOf<Name>>
}

/** One question to the API as TanStack Query wants it; its key is the route's name and what was asked. */
export function ask<Name extends RouteName>(name: Name, input: Call<Name>): Asking<Name> {
  return {
    queryKey: [name, { params: input.params ?? {}, query: input.query ?? {} }],
    queryFn: ({ signal }) => call(name, { ...input, signal }),
  }
}

export function createQueryClient(): QueryClient {
  const client: QueryClient = new QueryClient({
    queryCache: new QueryCache({
      onError: (error) => {
        if (error instanceof ApiError && error.body.code === 'NotSignedIn') {
          void client.invalidateQueries({ queryKey: ['me'] })
        }
      },
    }),
    defaultOptions: {
      queries: { staleTime: 20_000, retry: (failures, error) => failures < 2 && isPassing(error) },
      mutations: { retry: false },
    },
  })
  return client
}

/** No answer, or a server that says that it is busy: worth asking again. */
function isPassing(error: unknown): boolean {
  return error instanceof ApiError && (error.body.status === 0 || error.body.status >= 502)
}
