import { setTimeout as sleep } from 'node:timers/promises'
import type { Person } from '../load/client.ts'
import type { Stand } from '../stand/stand.ts'

/** A page that listens for changes, and comes back after the last one it heard of, as browsers do. */
export type LivePage = {
  heard: () => string[]
  last: () => string | null
  /** At which API it comes back the next time. */
  moveTo: (api: 0 | 1) => void
  close: () => void
}

export async function listenToChanges(
  stand: Stand,
  { person, at }: { person: Person; at: 0 | 1 },
): Promise<LivePage> {
  const closing = new AbortController()
  const ids: string[] = []
  let api = at
  let greet = (): void => {}
  const greeted = new Promise<void>((resolve) => {
    greet = resolve
  })

  const listenOnce = async (): Promise<void> => {
    const last = ids.at(-1)
    const response = await fetch(`${stand.apis[api]}/api/events`, {
      signal: closing.signal,
      headers: {
        'throughline-persona': person.id,
        ...(person.isColleague ? { 'throughline-colleague-key': stand.canaries.colleagueKey } : {}),
        ...(last === undefined ? {} : { 'last-event-id': last }),
      },
    })
    if (response.body === null || !response.ok) throw new Error(`the stream answered ${response.status}`)
    let text = ''
    for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
      text += chunk
      const blocks = text.split('\n\n')
      text = blocks.pop() ?? ''
      for (const block of blocks) {
        if (block.includes('event: hello')) greet()
        const id = /^id: ?(.+)$/m.exec(block)?.[1]
        if (id !== undefined) ids.push(id)
      }
    }
  }
  const listen = async (): Promise<void> => {
    while (!closing.signal.aborted) {
      await listenOnce().catch(() => undefined)
      await sleep(300 + Math.random() * 300)
    }
  }
  void listen()
  await greeted
  return {
    heard: () => [...ids],
    last: () => ids.at(-1) ?? null,
    moveTo: (other) => {
      api = other
    },
    close: () => closing.abort(),
  }
}
