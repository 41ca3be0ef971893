type LiveStream = {
  personId: string
  onEvent: (data: unknown) => void
  /** Changes may have been missed: another tab held the stream, or the server was away. */
  onGap: () => void
}

const firstPauseMs = 1_000
const longestPauseMs = 30_000

/**
 * One stream for the whole browser: the tab that holds the lock listens and tells the others. When it closes,
 * the lock passes on and the next tab asks for everything once. Gives back how to stop.
 */
export function openLiveStream({ personId, onEvent, onGap }: LiveStream): () => void {
  if (typeof EventSource === 'undefined') return () => undefined
  const name = `throughline-live-${personId}`
  const stopping = new AbortController()
  const others = new BroadcastChannel(name)
  others.addEventListener('message', (message: MessageEvent<unknown>) => onEvent(message.data))

  function tell(data: unknown): void {
    if (stopping.signal.aborted) return
    onEvent(data)
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a channel stays in its own origin
    others.postMessage(data)
  }

  navigator.locks
    .request(name, { signal: stopping.signal }, async () => {
      // The lock may be granted in the very moment in which it is no longer wanted.
      if (stopping.signal.aborted) return
      const stop = listen(tell, onGap)
      await new Promise<void>((resolve) => stopping.signal.addEventListener('abort', () => resolve()))
      stop()
    })
    .catch(() => {
      // Stopped while it waited for the lock: another tab goes on listening.
    })

  return () => {
    stopping.abort()
    others.close()
  }
}

/**
 * The browser itself resumes a broken stream by Last-Event-ID. Only when it gives up (the server answered with
 * a failure) is a new one opened, later each time and never in step with other browsers.
 */
function listen(onData: (data: unknown) => void, onGap: () => void): () => void {
  let source: EventSource | null = null
  let timer: ReturnType<typeof setTimeout> | null = null
  let failures = 0

  function open(): void {
    const opened = new EventSource('/api/events')
    source = opened
    opened.addEventListener('open', () => {
      if (failures > 0) onGap()
      failures = 0
    })
    opened.addEventListener('message', (message: MessageEvent<string>) => {
      const data = parse(message.data)
      if (data !== null) onData(data)
    })
    opened.addEventListener('error', () => {
      if (opened.readyState !== EventSource.CLOSED) return
      failures += 1
      const pause = Math.min(longestPauseMs, firstPauseMs * 2 ** failures)
      timer = setTimeout(open, pause * (0.5 + Math.random() / 2))
    })
  }

  open()
  onGap()
  return () => {
    if (timer !== null) clearTimeout(timer)
    source?.close()
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
