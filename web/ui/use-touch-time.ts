import { useEffect, useRef } from 'react'
import { createTouchClock, type TouchClock } from './touch-clock.ts'

const inputs = ['pointerdown', 'pointermove', 'keydown', 'wheel', 'scroll', 'touchmove'] as const
/** Moves and scrolls come in floods; one a second is as good. */
const stepMs = 1_000

/** Active time on what is open: nothing while the tab is hidden, nothing while paused. */
export function useTouchTime({ paused = false } = {}): { total: () => number } {
  const clock = useRef<TouchClock | null>(null)
  clock.current ??= createTouchClock(performance.now())

  useEffect(() => {
    const { current } = clock
    if (current === null) return
    if (paused) {
      current.leave(performance.now())
      return
    }
    let noted = performance.now()
    current.note(noted)
    function onInput(): void {
      const now = performance.now()
      if (document.hidden || now - noted < stepMs) return
      noted = now
      current?.note(now)
    }
    function onVisibility(): void {
      if (document.hidden) current?.leave(performance.now())
      else current?.note(performance.now())
    }
    const listening = { capture: true, passive: true }
    for (const input of inputs) window.addEventListener(input, onInput, listening)
    document.addEventListener('visibilitychange', onVisibility)
    return () => {
      for (const input of inputs) window.removeEventListener(input, onInput, listening)
      document.removeEventListener('visibilitychange', onVisibility)
    }
  }, [paused])

  return { total: () => Math.round(clock.current?.total(performance.now()) ?? 0) }
}
