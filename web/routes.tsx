import type { QueryClient } from '@tanstack/react-query'
import {
  createBrowserHistory,
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Link,
} from '@tanstack/react-router'
import type { ReactElement } from 'react'
import { InboxSearch } from './inbox/inbox-search.ts'
import { MoveSearch } from './move/move-search.ts'
import { PilotSearch } from './pilot/pilot-search.ts'
import { AppShell } from './ui/app-shell.tsx'
import { EmptyState, ErrorState, Loading } from './ui/states.tsx'

const root = createRootRouteWithContext<{ client: QueryClient }>()({
  component: AppShell,
  notFoundComponent: () => (
    <EmptyState page title="There is no page here" action={<Link to="/">Go to Home</Link>}>
      The address may be old or cut short.
    </EmptyState>
  ),
})

const pages = [
  createRoute({
    getParentRoute: () => root,
    path: '/',
    component: lazyRouteComponent(() => import('./home/home-page.tsx')),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/inbox',
    validateSearch: InboxSearch,
    component: lazyRouteComponent(() => import('./inbox/inbox-page.tsx')),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/tasks/$taskId',
    validateSearch: InboxSearch,
    component: lazyRouteComponent(() => import('./task/task-page.tsx')),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/pilots',
    component: lazyRouteComponent(() => import('./pilot/pilots-page.tsx')),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/pilots/$pilotId',
    validateSearch: PilotSearch,
    component: lazyRouteComponent(() => import('./pilot/pilot-page.tsx')),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/pilots/$pilotId/start',
    component: lazyRouteComponent(() => import('./start/start-page.tsx')),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/pilots/$pilotId/move',
    validateSearch: MoveSearch,
    component: lazyRouteComponent(() => import('./move/move-page.tsx')),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/cases/$caseId',
    component: lazyRouteComponent(() => import('./case/case-page.tsx')),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/processes/$processId/baseline',
    component: lazyRouteComponent(() => import('./baseline/baseline-page.tsx')),
  }),
] as const

const routeTree = root.addChildren(pages)

// The inferred type holds every path and its search: Link and useParams are checked against it.
// oxlint-disable-next-line typescript/explicit-module-boundary-types
export function createAppRouter(client: QueryClient, history = createBrowserHistory()) {
  return createRouter({
    routeTree,
    history,
    context: { client },
    defaultPreload: 'intent',
    defaultPreloadStaleTime: 0,
    defaultPendingMs: 200,
    scrollRestoration: true,
    defaultPendingComponent: Loading,
    defaultErrorComponent: PageError,
  })
}

function PageError({ error, reset }: { error: unknown; reset: () => void }): ReactElement {
  return <ErrorState page error={error} what="This page could not be shown" onRetry={reset} />
}

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof createAppRouter>
  }
}
