import type { Stay, TimeWindow } from './little.ts'

/** Which cases a window counts; every figure names the one it used. */
export type WindowRule = 'started-in' | 'completed-in' | 'contained' | 'touching'

/** Half-open windows: `from` belongs to the window, `to` does not. */
export function isInWindow(stay: Stay, window: TimeWindow, rule: WindowRule): boolean {
  const startsIn = window.from <= stay.from && stay.from < window.to
  const endsIn = stay.to !== null && window.from <= stay.to && stay.to < window.to
  switch (rule) {
    case 'started-in':
      return startsIn
    case 'completed-in':
      return endsIn
    case 'contained':
      return startsIn && endsIn
    case 'touching':
      return stay.from < window.to && (stay.to === null || stay.to >= window.from)
  }
}
