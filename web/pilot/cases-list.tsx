import { Button, SegmentedControl, TextInput } from '@mantine/core'
import { useDebouncedCallback } from '@mantine/hooks'
import { IconSearch, IconX } from '@tabler/icons-react'
import { useInfiniteQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState, type ReactElement } from 'react'
import { stepById } from '#domain/graph.ts'
import type { CaseStatus, CaseSummary } from '#domain/views/cases.ts'
import type { PilotDetail } from '#domain/views/pilots.ts'
import { call } from '#web/api.ts'
import { ByHandLabel, PausedLabel } from '#web/ui/control-labels.tsx'
import { SampleLabel } from '#web/ui/labels.tsx'
import { EmptyState, ErrorState, Loading } from '#web/ui/states.tsx'
import { useNow } from '#web/ui/time-text.tsx'
import { dateTimeWords, durationWords } from './durations.ts'
import type { PilotSearch } from './pilot-search.ts'

type CasesListProps = {
  pilot: PilotDetail
  search: PilotSearch
  onSearch: (change: Partial<PilotSearch>) => void
}

const statusWords: { [Status in CaseStatus]: string } = {
  queued: 'Queued',
  running: 'AI at work',
  waiting: 'Waiting',
  done: 'Done',
  cancelled: 'Stopped',
  stalled: 'Stuck',
}

/** Cases of a pilot, newest first, a page at a time; the filters live in the address. */
export function CasesList({ pilot, search, onSearch }: CasesListProps): ReactElement {
  const status = search.status ?? 'all'
  const query = {
    status,
    limit: '50',
    ...(search.at === undefined ? {} : { stepId: search.at }),
    ...(search.search === undefined || search.search === '' ? {} : { search: search.search }),
  }
  const pages = useInfiniteQuery({
    queryKey: ['cases', { params: { pilotId: pilot.id }, query: { ...query, paged: true } }],
    queryFn: ({ pageParam, signal }) =>
      call('cases', {
        params: { pilotId: pilot.id },
        query: pageParam === null ? query : { ...query, cursor: pageParam },
        signal,
      }),
    initialPageParam: initialPage(),
    getNextPageParam: (last) => last.next,
  })
  const items = pages.data?.pages.flatMap((page) => page.items) ?? []
  const filtered = search.at !== undefined || (search.search ?? '') !== '' || status !== 'all'
  return (
    <section className="cases" aria-label="Cases">
      <div className="cases-tools">
        <SegmentedControl
          size="xs"
          aria-label="Which cases"
          value={status}
          onChange={(value) => onSearch({ status: statusFilter(value) })}
          data={[
            { value: 'open', label: 'Open' },
            { value: 'stuck', label: 'Stuck' },
            { value: 'ended', label: 'Ended' },
            { value: 'all', label: 'All' },
          ]}
        />
        <SearchField value={search.search ?? ''} unit={pilot.map.unit} onSearch={onSearch} />
        {search.at !== undefined && (
          <Button
            variant="default"
            size="compact-sm"
            rightSection={<IconX size={14} aria-hidden />}
            onClick={() => onSearch({ at: undefined })}
          >
            <span className="sr">Do not filter by step: </span>
            At {stepById(pilot.map, search.at)?.title ?? 'an unknown step'}
          </Button>
        )}
      </div>
      {pages.data === undefined ? (
        pages.isError ? (
          <ErrorState
            error={pages.error}
            what="The cases could not be loaded"
            onRetry={() => void pages.refetch()}
          />
        ) : (
          <Loading rows={8} />
        )
      ) : items.length === 0 ? (
        filtered ? (
          <EmptyState
            title="No case fits these filters"
            action={
              <Button
                variant="default"
                onClick={() => onSearch({ at: undefined, search: undefined, status: 'all' })}
              >
                Show all cases
              </Button>
            }
          />
        ) : (
          <EmptyState title="No case has been started yet" action={<StartFirst pilot={pilot} />}>
            Every case you start shows here with where it is and who has it.
          </EmptyState>
        )
      ) : (
        <>
          <ol className="cases-rows">
            {items.map((item) => (
              <CaseRow key={item.id} item={item} />
            ))}
          </ol>
          {pages.hasNextPage && (
            <div className="cases-more">
              <Button
                variant="default"
                loading={pages.isFetchingNextPage}
                onClick={() => void pages.fetchNextPage()}
              >
                Show more
              </Button>
            </div>
          )}
        </>
      )}
    </section>
  )
}

function statusFilter(value: string): PilotSearch['status'] {
  return value === 'open' || value === 'stuck' || value === 'ended' ? value : 'all'
}

function initialPage(): string | null {
  return null
}

type SearchFieldProps = { value: string; unit: string; onSearch: CasesListProps['onSearch'] }

function SearchField({ value, unit, onSearch }: SearchFieldProps): ReactElement {
  const [text, setText] = useState(value)
  const searchSoon = useDebouncedCallback(
    (wanted: string) => onSearch({ search: wanted === '' ? undefined : wanted }),
    250,
  )
  return (
    <TextInput
      className="cases-search"
      aria-label={`Search by ${unit} or number`}
      placeholder={`Search by ${unit} or number`}
      leftSection={<IconSearch size={16} stroke={1.75} aria-hidden />}
      value={text}
      maxLength={100}
      onChange={(event) => {
        setText(event.currentTarget.value)
        searchSoon(event.currentTarget.value)
      }}
    />
  )
}

function CaseRow({ item }: { item: CaseSummary }): ReactElement {
  const now = useNow()
  const took = (item.endedAt === null ? now : Date.parse(item.endedAt)) - Date.parse(item.startedAt)
  return (
    <li>
      <Link className="case-row" to="/cases/$caseId" params={{ caseId: item.id }}>
        <span className="case-row-number num dim">{item.number}</span>
        <span className="case-row-name">
          <b>{item.title}</b>
          <span className="dim">{item.state}</span>
        </span>
        <span className="case-row-labels">
          {item.sample && <SampleLabel />}
          {item.paused && <PausedLabel />}
          {item.byHand && <ByHandLabel />}
        </span>
        <span className="case-row-status" data-status={item.status}>
          {statusWords[item.status]}
        </span>
        <span className="case-row-when num">
          <span>{dateTimeWords(item.startedAt)}</span>
          <span className="dim">
            {item.endedAt === null ? 'open for ' : 'took '}
            {durationWords(took)}
          </span>
        </span>
      </Link>
    </li>
  )
}

export function StartFirst({ pilot }: { pilot: PilotDetail }): ReactElement | null {
  if (!pilot.can.startCase) return null
  return (
    <Link className="start-link" to="/pilots/$pilotId/start" params={{ pilotId: pilot.id }}>
      Start the first case
    </Link>
  )
}
