export type Repeated = { kick: () => void; stop: () => Promise<void> }

/**
 * Does a piece of work again and again: at once while there is more, when it is kicked, and else after a pause; a
 * shorter one when more may be possible soon. A failure is told and costs no more than the pause.
 */
export function repeat(
  work: () => Promise<'more' | 'soon' | 'nothing'>,
  {
    pauseMs,
    soonMs = pauseMs,
    onError,
  }: { pauseMs: number; soonMs?: number; onError: (error: unknown) => void },
): Repeated {
  const state = { isStopped: false, isKicked: false, wake: (): void => {} }
  const run = async (): Promise<void> => {
    while (!state.isStopped) {
      state.isKicked = false
      const found = await work().catch((error: unknown) => {
        onError(error)
        return 'nothing' as const
      })
      if (found !== 'more' && !state.isKicked && !state.isStopped) {
        await pause(found === 'soon' ? soonMs : pauseMs)
      }
    }
  }
  const pause = async (ms: number): Promise<void> => {
    await new Promise<void>((done) => {
      const timer = setTimeout(done, ms)
      state.wake = () => {
        clearTimeout(timer)
        done()
      }
    })
  }
  const ended = run()
  return {
    kick: () => {
      state.isKicked = true
      state.wake()
    },
    stop: async () => {
      state.isStopped = true
      state.wake()
      await ended
    },
  }
}
