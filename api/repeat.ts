export type Repeated = { kick: () => void; stop: () => Promise<void> }

/**
 * Does a piece of work again and again: at once while there is more, when it is kicked, and else after a pause. A
 * failure is told and costs no more than the pause.
 */
export function repeat(
  work: () => Promise<'more' | 'nothing'>,
  { pauseMs, onError }: { pauseMs: number; onError: (error: unknown) => void },
): Repeated {
  const state = { isStopped: false, isKicked: false, wake: (): void => {} }
  const run = async (): Promise<void> => {
    while (!state.isStopped) {
      state.isKicked = false
      const found = await work().catch((error: unknown) => {
        onError(error)
        return 'nothing' as const
      })
      if (found === 'nothing' && !state.isKicked && !state.isStopped) await pause()
    }
  }
  const pause = async (): Promise<void> => {
    await new Promise<void>((done) => {
      const timer = setTimeout(done, pauseMs)
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
