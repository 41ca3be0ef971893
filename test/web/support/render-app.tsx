import { MantineProvider } from '@mantine/core'
import { QueryClientProvider, type QueryClient } from '@tanstack/react-query'
import { createMemoryHistory, RouterProvider } from '@tanstack/react-router'
import { configure, render } from '@testing-library/react'
import userEvent, { type UserEvent } from '@testing-library/user-event'
import { vi } from 'vitest'
import { createQueryClient } from '#web/queries.ts'
import { createAppRouter } from '#web/routes.tsx'
import { useLastDecision } from '#web/task/last-decision.ts'
import { useOutbox } from '#web/task/outbox.ts'
import { useTaskForms } from '#web/task/task-forms.ts'
import { wordDiff, type DiffPiece } from '#web/task/word-diff.ts'
import { cssVariables, theme } from '#web/theme.ts'
import { holdKeys } from '#web/ui/use-keys.ts'
import { aHome } from './homes.ts'
import { aMe } from './people.ts'
import { stubApi, type Answers, type Asked } from './stub-api.ts'
import { anInbox } from './tasks.ts'

// Pages are loaded when they are first opened, which takes longer on a busy machine than a second.
configure({ asyncUtilTimeout: 4_000 })

export type App = {
  user: UserEvent
  asked: Asked[]
  answers: Answers
  client: QueryClient
  path: () => string
}

/** The whole app at one address, against a stand-in API; what a visit before left behind is cleared. */
export function renderApp(path: string, answers: Answers): App {
  forgetEverything()
  return renderAgain(path, answers)
}

/** As after a reload: what the browser keeps is still there. */
export function renderAgain(path: string, answers: Answers): App {
  void useTaskForms.persist.rehydrate()
  void useOutbox.persist.rehydrate()
  holdKeys(0)
  const api = stubApi({
    me: () => aMe(),
    home: () => aHome(),
    processes: () => [],
    inbox: () => anInbox([]),
    readTask: () => ({ until: '2026-11-23T10:00:00.000Z' }),
    ...answers,
  })
  vi.stubGlobal('Worker', DiffWorker)
  const client = createQueryClient()
  const history = createMemoryHistory({ initialEntries: [path] })
  const router = createAppRouter(client, history)
  render(
    <MantineProvider theme={theme} cssVariablesResolver={cssVariables} env="test">
      <QueryClientProvider client={client}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </MantineProvider>,
  )
  return { ...api, client, user: userEvent.setup(), path: () => history.location.pathname }
}

function forgetEverything(): void {
  localStorage.clear()
  useTaskForms.setState({ forms: {} })
  useOutbox.setState({ entries: {}, refusals: {} })
  useLastDecision.setState({ last: null, notice: null })
}

/** The real comparison, without a thread of its own. */
class DiffWorker {
  #listener: ((message: { data: DiffPiece[] }) => void) | null = null
  addEventListener(type: string, listener: (message: { data: DiffPiece[] }) => void): void {
    if (type === 'message') this.#listener = listener
  }
  postMessage({ before, after }: { before: string; after: string }): void {
    queueMicrotask(() => this.#listener?.({ data: wordDiff(before, after) }))
  }
  terminate(): void {
    this.#listener = null
  }
}
