import { Button } from '@mantine/core'
import { useQueries, useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { IconArrowUp } from '@tabler/icons-react'
import { Fragment, useEffect, useState, type ReactElement } from 'react'
import { InboxView, type Inbox, type TaskSummary } from '#domain/views/tasks.ts'
import { NeedsYou } from '../home/needs-you.tsx'
import { ask } from '../queries.ts'
import { usePageTitle } from '../ui/page-title.ts'
import { EmptyState, ErrorState, Loading } from '../ui/states.tsx'
import { useNow } from '../ui/time-text.tsx'
import { useKeys } from '../ui/use-keys.ts'
import { useMe } from '../ui/use-me.ts'
import { InboxFilters } from './inbox-filters.tsx'
import './inbox.css'
import { inboxQuery, viewCounts, viewWords } from './inbox-query.ts'
import type { InboxSearch } from './inbox-search.ts'
import { groupByDue } from './task-groups.ts'
import { TaskPreview } from './task-preview.tsx'
import { TaskRow } from './task-row.tsx'
import { useCalmRows } from './use-calm-rows.ts'

/** Everything that waits for people, the most urgent first. */
export default function InboxPage(): ReactElement {
  const search = useSearch({ from: '/inbox' })
  const navigate = useNavigate()
  const query = inboxQuery(search)
  const inbox = useQuery({ ...ask('inbox', { query }), placeholderData: (before) => before })
  const home = useQuery(ask('home', {})).data
  const waiting = inbox.data?.counts.needsMe ?? 0
  usePageTitle(waiting === 0 ? 'Inbox' : `Inbox, ${waiting} need you`)

  function change(next: InboxSearch): void {
    void navigate({ to: '/inbox', search: next, replace: true })
  }

  return (
    <div className="inbox">
      <header className="page-bar">
        <h1>Inbox</h1>
      </header>
      {inbox.data === undefined ? (
        inbox.isError ? (
          <ErrorState
            error={inbox.error}
            what="The inbox could not be loaded"
            safe="Every case waits where it is."
            onRetry={() => void inbox.refetch()}
          />
        ) : (
          <Loading rows={8} />
        )
      ) : (
        <List
          key={JSON.stringify(query)}
          inbox={inbox.data}
          search={search}
          onChange={change}
          needs={
            home === undefined || home.needsYou.waiting === 0 ? null : <NeedsYou needs={home.needsYou} />
          }
        />
      )}
    </div>
  )
}

type ListProps = {
  inbox: Inbox
  search: InboxSearch
  needs: ReactElement | null
  onChange: (search: InboxSearch) => void
}

function List({ inbox, search, needs, onChange }: ListProps): ReactElement {
  const now = useNow()
  const navigate = useNavigate()
  const myId = useMe()?.person?.id ?? ''
  const more = useMore(inbox, search)
  const { rows, waiting, showWaiting } = useCalmRows(more.items, JSON.stringify(search))
  const [chosenId, setChosenId] = useState<string | null>(null)
  const index = Math.max(
    0,
    rows.findIndex(({ id }) => id === chosenId),
  )
  const chosen = rows[index]

  function open(task: TaskSummary | undefined): void {
    if (task !== undefined) void navigate({ to: '/tasks/$taskId', params: { taskId: task.id }, search })
  }

  function move(by: 1 | -1): void {
    const target = rows[chosenId === null && by === 1 ? 0 : index + by]
    if (target === undefined) return
    setChosenId(target.id)
    const link = document.querySelector<HTMLElement>(`[data-row="${CSS.escape(target.id)}"]`)
    link?.focus()
    link?.scrollIntoView({ block: 'nearest' })
  }

  useKeys('List', [
    { keys: 'j', label: 'Next row', run: () => move(1) },
    { keys: 'k', label: 'Previous row', run: () => move(-1) },
    { keys: 'Enter', label: 'Open', run: () => open(chosen) },
  ])

  return (
    <div className="inbox-split">
      <div className="inbox-list">
        {needs}
        <Views inbox={inbox} search={search} />
        <InboxFilters search={search} onChange={onChange} waiting={waiting} onShowWaiting={showWaiting} />
        {rows.length === 0 ? (
          <Empty inbox={inbox} search={search} onChange={onChange} />
        ) : (
          <>
            <div className="cols desk-only" aria-hidden="true">
              <span>Time left</span>
              <span>Case, why it is here</span>
              <span>Process, step</span>
              <span>Kind, band</span>
              <span>With, since</span>
            </div>
            {waiting > 0 && (
              <div className="fresh-wrap desk-only">
                <button type="button" className="fresh num" onClick={showWaiting}>
                  <IconArrowUp size={14} stroke={2.25} aria-hidden />
                  {waiting} new
                </button>
              </div>
            )}
            <div className="rows-scroll" tabIndex={0} role="group" aria-label="Items">
              {groupByDue(rows, new Date(now)).map((group) => (
                <Fragment key={group.key}>
                  <h2 className="group" id={`group-${group.key}`}>
                    {group.title}
                    <span className="num">{group.items.length}</span>
                  </h2>
                  <ul className="rows" aria-labelledby={`group-${group.key}`}>
                    {group.items.map((task) => (
                      <TaskRow
                        key={task.id}
                        task={task}
                        search={search}
                        myId={myId}
                        now={now}
                        isChosen={task.id === chosen?.id}
                        onChoose={() => setChosenId(task.id)}
                      />
                    ))}
                  </ul>
                </Fragment>
              ))}
              {more.load !== null && (
                <div className="more">
                  <Button variant="default" loading={more.isLoading} onClick={more.load}>
                    Show more
                  </Button>
                </div>
              )}
            </div>
          </>
        )}
      </div>
      {chosen !== undefined && (
        <TaskPreview
          task={chosen}
          position={index + 1}
          total={rows.length}
          now={now}
          onMove={move}
          onOpen={() => open(chosen)}
        />
      )}
    </div>
  )
}

type More = { items: TaskSummary[]; load: (() => void) | null; isLoading: boolean }

/** Later pages of a long list, asked for one by one. */
function useMore(first: Inbox, search: InboxSearch): More {
  const [cursors, setCursors] = useState<string[]>([])
  const pages = useQueries({
    queries: cursors.map((cursor) => ask('inbox', { query: { ...inboxQuery(search), cursor } })),
  })
  const loaded = pages.flatMap((page) => (page.data === undefined ? [] : [page.data]))
  const seen = new Map([first, ...loaded].flatMap(({ items }) => items).map((item) => [item.id, item]))
  const last = loaded.at(-1) ?? first
  const { next } = last
  return {
    items: [...seen.values()],
    load:
      next === null ? null : () => setCursors((before) => [...before.filter((one) => one !== next), next]),
    isLoading: loaded.length < cursors.length,
  }
}

function Views({ inbox, search }: Pick<ListProps, 'inbox' | 'search'>): ReactElement {
  const view = search.view ?? 'needs-me'
  return (
    <nav className="views" aria-label="Views">
      {InboxView.options.map((option) => (
        <Link
          key={option}
          to="/inbox"
          search={{ ...search, view: option }}
          aria-current={option === view ? 'true' : undefined}
        >
          {viewWords[option]} <span className="n">{inbox.counts[viewCounts[option]]}</span>
        </Link>
      ))}
    </nav>
  )
}

function Empty({ inbox, search, onChange }: Omit<ListProps, 'needs'>): ReactElement {
  const { counts, doneToday } = inbox
  const heading = 'inbox-empty'
  useEffect(() => document.getElementById(heading)?.focus(), [])
  const isNarrowed =
    search.kind !== undefined || search.processId !== undefined || search.search !== undefined
  if (isNarrowed) {
    return (
      <EmptyState
        title="Nothing fits this filter"
        action={
          <Button variant="default" onClick={() => onChange({ view: search.view })}>
            Show all
          </Button>
        }
      >
        Other items may wait outside it.
      </EmptyState>
    )
  }
  if (search.view === 'exceptions') {
    return <EmptyState title="Nothing is stuck">Every case finds its way by itself.</EmptyState>
  }
  if (search.view === 'due-soon') {
    return <EmptyState title="Nothing is due soon">There is time for everything that waits.</EmptyState>
  }
  return (
    <EmptyState
      title="All clear"
      action={
        counts.all > counts.needsMe ? (
          <Link className="link" to="/inbox" search={{ view: 'all' }}>
            See what waits for others ({counts.all})
          </Link>
        ) : (
          <Link className="link" to="/pilots">
            See how the pilots do
          </Link>
        )
      }
    >
      {doneToday === 0
        ? 'Nothing waits for you.'
        : `You have decided ${doneToday} ${doneToday === 1 ? 'item' : 'items'} today.`}
    </EmptyState>
  )
}
