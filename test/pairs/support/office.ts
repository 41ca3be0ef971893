import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { StartedCase } from '#domain/views/cases.ts'
import { DecisionReply, Inbox, TaskDetail } from '#domain/views/tasks.ts'

/** People whose requests reach whichever server is up, again with the same key until one answers. */
export type Office = {
  start: (pilotId: string, sender: string) => Promise<string>
  /** Approves every task that waits; gives the decisions that were acknowledged. */
  approveAll: () => Promise<string[]>
  get: (persona: string, path: string) => Promise<unknown>
}

type Asked = { persona: string; method?: string; body?: unknown; key?: string }

const longestMs = 120_000

export function openOffice(servers: () => string[]): Office {
  let turn = 0
  /** A refusal that stands is given back; one for now, a dead server or a lost answer asks the next server. */
  const ask = async (
    path: string,
    { persona, method = 'GET', body, key }: Asked,
  ): Promise<{ status: number; json: unknown }> => {
    const until = Date.now() + longestMs
    let last = 'no server is up'
    while (Date.now() < until) {
      const urls = servers()
      turn += 1
      const url = urls[turn % Math.max(1, urls.length)]
      const answer =
        url === undefined
          ? null
          : await fetch(`${url}${path}`, {
              method,
              headers: {
                'throughline-persona': persona,
                ...(body === undefined ? {} : { 'content-type': 'application/json' }),
                ...(key === undefined ? {} : { 'idempotency-key': key }),
              },
              ...(body === undefined ? {} : { body: JSON.stringify(body) }),
              signal: AbortSignal.timeout(30_000),
            })
              .then(async (response) => ({ status: response.status, text: await response.text() }))
              .catch((error: unknown) => ({ status: 0, text: String(error) }))
      if (answer !== null && isFinal(answer)) {
        const json: unknown = JSON.parse(answer.text)
        return { status: answer.status, json }
      }
      last = answer === null ? last : `${answer.status} ${answer.text}`
      await sleep(100 + Math.random() * 200)
    }
    throw new Error(`${method} ${path} was never answered: ${last}`)
  }

  return {
    start: async (pilotId, sender) => {
      const { status, json } = await ask(`/api/pilots/${pilotId}/cases`, {
        persona: 'priya',
        method: 'POST',
        body: { values: { sender, letter: `Letter of ${sender}` } },
        key: `start ${pilotId} ${sender}`,
      })
      if (status !== 202) throw new Error(`the start of ${sender} was answered ${status}`)
      return StartedCase.parse(json).caseId
    },
    approveAll: async () => {
      const inbox = Inbox.parse((await ask('/api/tasks?limit=100', { persona: 'sam' })).json)
      const acknowledged: string[] = []
      for (const item of inbox.items) {
        const path = `/api/tasks/${encodeURIComponent(item.id)}`
        const found = await ask(path, { persona: 'sam' })
        if (found.status !== 200) continue
        const task = TaskDetail.parse(found.json)
        if (task.status !== 'open') continue
        const decisionId = randomUUID()
        const { status, json } = await ask(`${path}/decisions`, {
          persona: 'sam',
          method: 'POST',
          body: {
            decisionId,
            taskVersion: task.version,
            shownHash: task.shownHash,
            action: 'approve',
            values: null,
            reason: null,
            note: null,
            touchMs: 500,
          },
        })
        if (status === 200 && DecisionReply.parse(json).status !== 'checking') acknowledged.push(decisionId)
      }
      return acknowledged
    },
    get: async (persona, path) => (await ask(path, { persona })).json,
  }
}

function isFinal({ status, text }: { status: number; text: string }): boolean {
  return status !== 0 && status !== 429 && status < 500 && !text.includes('"RequestInFlight"')
}

/** A page that listens to some server, and to another one when that is gone. */
export type Page = {
  /** The ids of what it was told, in order. */
  heard: () => string[]
  /** How often it was told that everything may have changed. */
  reloads: () => number
  servers: () => string[]
  leave: () => Promise<void>
}

export function followChanges(servers: () => string[], persona: string): Page {
  const ids: string[] = []
  const listenedTo: string[] = []
  const stopping = new AbortController()
  let reloads = 0
  let turn = 0
  const follow = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      const urls = servers()
      turn += 1
      const url = urls[turn % Math.max(1, urls.length)]
      const last = ids.at(-1)
      const response =
        url === undefined
          ? null
          : await fetch(`${url}/api/events`, {
              headers: { 'throughline-persona': persona, ...(last && { 'last-event-id': last }) },
              signal: stopping.signal,
            }).catch(() => null)
      if (response?.status === 200 && url !== undefined) {
        listenedTo.push(url)
        await read(response, (id, data) => {
          if (data.includes('"reload"')) reloads += 1
          ids.push(id)
        })
      }
      await sleep(100)
    }
  }
  const done = follow()
  return {
    heard: () => [...ids],
    reloads: () => reloads,
    servers: () => [...listenedTo],
    leave: async () => {
      stopping.abort()
      await done
    },
  }
}

/** Reads a stream of events until it breaks; half an event at its end counts as nothing. */
async function read(response: Response, onEvent: (id: string, data: string) => void): Promise<void> {
  const reader = response.body?.getReader()
  const decoder = new TextDecoder()
  let rest = ''
  try {
    for (;;) {
      const chunk = await reader?.read()
      if (chunk === undefined || chunk.done) return
      rest += decoder.decode(chunk.value, { stream: true })
      const parts = rest.split('\n\n')
      rest = parts.pop() ?? ''
      for (const part of parts) {
        const id = /^id: (.+)$/m.exec(part)?.[1]
        const data = /^data: (.*)$/m.exec(part)?.[1] ?? ''
        if (id !== undefined) onEvent(id, data)
      }
    }
  } catch {
    // The server died; whoever listens comes back with the last id.
  }
}
