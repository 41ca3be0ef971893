import { useQuery } from '@tanstack/react-query'
import { Link, Outlet, useNavigate, useRouterState } from '@tanstack/react-router'
import { IconHelp, IconHome, IconInbox, IconRoute } from '@tabler/icons-react'
import { useEffect, useState, type ReactElement } from 'react'
import type { Me } from '#domain/views/session.ts'
import { ask } from '../queries.ts'
import { WhoAreYou } from '../session/who-are-you.tsx'
import { DecisionNews, Toast } from '../task/toast.tsx'
import { TryNews } from '../task/try-news.tsx'
import { useOutboxSender } from '../task/use-outbox-sender.ts'
import './app-shell.css'
import { AutomationState } from './automation-state.tsx'
import { BrandMark } from './brand-mark.tsx'
import { KeyHint } from './key-hint.tsx'
import { KeysHelp } from './keys-help.tsx'
import { PersonMenu } from './person-menu.tsx'
import { ErrorState, Loading } from './states.tsx'
import { showSingleKeys, useKeys } from './use-keys.ts'
import { useLive } from './use-live.ts'

/** Screens where one thing is worked on get the narrow rail; lists get the wide navigation. */
const working = /^\/(tasks|cases|processes)\/|^\/pilots\/[^/]+/

/** What surrounds every page: navigation, help, the person, and the question who one is. */
export function AppShell(): ReactElement {
  const me = useQuery({ ...ask('me', {}), staleTime: 60_000 })
  const path = useRouterState({ select: (state) => state.location.pathname })
  useEffect(showSingleKeys, [])

  if (me.data === undefined) {
    return (
      <main>
        {me.isError ? (
          <ErrorState
            page
            error={me.error}
            what="Throughline cannot be reached"
            onRetry={() => void me.refetch()}
          />
        ) : (
          <>
            <h1 className="sr">Throughline</h1>
            <Loading />
          </>
        )}
      </main>
    )
  }
  if (me.data.person === null) return <WhoAreYou me={me.data} />
  return <SignedIn me={me.data} personId={me.data.person.id} path={path} />
}

function SignedIn({ me, personId, path }: { me: Me; personId: string; path: string }): ReactElement {
  useOutboxSender(personId)
  useLive(personId)
  return (
    <div className="app" data-nav={working.test(path) ? 'rail' : 'wide'}>
      <a className="skip" href="#main">
        Skip to the content
      </a>
      <Navigation me={me} path={path} />
      <main id="main" className="app-main" tabIndex={-1}>
        <AutomationState />
        <Outlet />
      </main>
      <DecisionNews />
      <TryNews />
      {/* On phones a task has one dock for the message and the buttons, so it shows the toast itself. */}
      {!path.startsWith('/tasks/') && <Toast />}
    </div>
  )
}

function Navigation({ me, path }: { me: Me; path: string }): ReactElement {
  const [helping, setHelping] = useState(false)
  const navigate = useNavigate()
  const waiting =
    useQuery(ask('inbox', { query: { view: 'needs-me', limit: '1' } })).data?.counts.needsMe ?? 0
  useKeys('Anywhere', [
    { keys: '?', label: 'Help and keys', run: () => setHelping(true) },
    { keys: 'g h', label: 'Go to Home', run: () => void navigate({ to: '/' }) },
    { keys: 'g i', label: 'Go to the Inbox', run: () => void navigate({ to: '/inbox' }) },
    { keys: 'g p', label: 'Go to Pilots', run: () => void navigate({ to: '/pilots' }) },
  ])
  return (
    <nav className="app-nav" aria-label="Main">
      <div className="brand">
        <BrandMark title="Throughline" />
        <span className="brand-word" aria-hidden="true">
          Throughline
        </span>
      </div>
      <Link to="/" className="entry" activeOptions={{ exact: true }}>
        <IconHome size={18} stroke={1.75} aria-hidden />
        Home
      </Link>
      <Link to="/inbox" className="entry" aria-current={path.startsWith('/tasks/') ? 'true' : undefined}>
        <IconInbox size={18} stroke={1.75} aria-hidden />
        Inbox
        {waiting > 0 && (
          <span className="count">
            {waiting}
            <span className="sr"> waiting for you</span>
          </span>
        )}
      </Link>
      <Link
        to="/pilots"
        className="entry"
        aria-current={/^\/(cases|processes)\//.test(path) ? 'true' : undefined}
      >
        <IconRoute size={18} stroke={1.75} aria-hidden />
        Pilots
      </Link>
      <div className="foot">
        <button type="button" className="entry help-entry" onClick={() => setHelping(true)}>
          <IconHelp size={18} stroke={1.75} aria-hidden />
          Help
          <KeyHint keys="?" />
        </button>
        <PersonMenu me={me} onHelp={() => setHelping(true)} />
      </div>
      {helping && <KeysHelp onClose={() => setHelping(false)} />}
    </nav>
  )
}
