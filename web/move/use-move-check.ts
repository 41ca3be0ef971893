import { useInfiniteQuery } from '@tanstack/react-query'
import { useEffect } from 'react'
import type { MoveCheck } from '#domain/views/control.ts'
import { call } from '#web/api.ts'

export type MoveQuestion = { pilotId: string; toVersion: number; steps: string | undefined }
type Counts = Pick<MoveCheck, 'canMove' | 'notNow' | 'cannotMove' | 'thereAlready' | 'unknown'>
/** The pages of a look ahead as one; the counts add up to the cases looked at so far. */
export type WholeCheck = Counts & Pick<MoveCheck, 'total' | 'cases'>

/** Looks at every open case, page after page: a move concerns all of them. */
export function useMoveCheck({ pilotId, toVersion, steps }: MoveQuestion): {
  data: WholeCheck | null
  isLoading: boolean
  error: unknown
  retry: () => void
} {
  const query = { toVersion: String(toVersion), ...(steps === undefined ? {} : { steps }) }
  const pages = useInfiniteQuery({
    queryKey: ['moves', { params: { pilotId }, query }],
    queryFn: ({ pageParam, signal }) =>
      call('moves', {
        params: { pilotId },
        query: pageParam === null ? query : { ...query, cursor: pageParam },
        signal,
      }),
    initialPageParam: firstPage(),
    getNextPageParam: (last) => last.next,
  })
  const { hasNextPage, isFetching, isError, fetchNextPage } = pages
  useEffect(() => {
    if (hasNextPage && !isFetching && !isError) void fetchNextPage()
  }, [hasNextPage, isFetching, isError, fetchNextPage])
  return {
    data: pages.data === undefined ? null : wholeOf(pages.data.pages),
    isLoading: hasNextPage,
    error: pages.error,
    retry: () => void pages.refetch(),
  }
}

function firstPage(): string | null {
  return null
}

function wholeOf(pages: MoveCheck[]): WholeCheck {
  const sum = (count: keyof Counts): number => pages.reduce((all, page) => all + page[count], 0)
  return {
    total: pages.at(-1)?.total ?? 0,
    cases: pages.flatMap((page) => page.cases),
    canMove: sum('canMove'),
    notNow: sum('notNow'),
    cannotMove: sum('cannotMove'),
    thereAlready: sum('thereAlready'),
    unknown: sum('unknown'),
  }
}
