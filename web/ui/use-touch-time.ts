import { useEffect, useState } from 'react'
import { createTouchClock } from './touch-clock.ts'

const inputs = ['pointerdown', 'pointermove', 'keydown', 'wheel', 'scroll', 'touchmove'] as const
/** Moves and scrolls come in floods; one a second is as good. */
const stepMs = 1_000

/** The same object for as long as the component lives. */
export type TouchTime = { total: () => number }

/** Active time on what is open: nothing while the tab is hidden, nothing while paused. */
export function useTouchTime({ paused = false } = {}): TouchTime {
  const [{ clock, time }] = useState(begin)

  useEffect(() => {
    if (paused) {
      clock.leave(performance.now())
      return
    }
    let noted = performance.now()
    clock.note(noted)
    function onInput(): void {
      const now = performance.now()
      if (document.hidden || now - noted < stepMs) return
      noted = now
      clock.note(now)
    }
    function onVisibility(): void {
      if (document.hidden) clock.leave(performance.now())
      else clock.note(performance.now())
    }
    const listening = { capture: true, passive: true }
    for (const input of inputs) window.addEventListener(input, onInput, listening)
    document.addEventListener('visibilitychange', onVisibility)
    return () => {
      for (const input of inputs) window.removeEventListener(input, onInput, listening)
      document.removeEventListener('visibilitychange', onVisibility)
    }
  }, [clock, paused])

  return time
}

function begin(): { clock: ReturnType<typeof createTouchClock>; time: TouchTime } {
  const clock = createTouchClock(performance.now())
  return { clock, time: { total: () => Math.round(clock.total(performance.now())) } }
}
