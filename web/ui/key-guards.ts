/** Why a key press is not taken as a command; null when it is. */
export type Guard =
  | 'native'
  | 'typing'
  | 'modifier'
  | 'dialog'
  | 'roving'
  | 'composing'
  | 'repeat'
  | 'busy'
  | 'hold'
  | 'off'

export type KeyContext = {
  /** Loading, or a decision is on its way. */
  busy: boolean
  /** Keys are held until this moment, in `performance.now()` time. */
  heldUntil: number
  now: number
  /** The person has switched single keys off (WCAG 2.1.4). */
  singleKeysOff: boolean
}

/** The name under which a press is bound: "a", "?", "mod+Enter". */
export function nameOfPress(event: KeyboardEvent): string {
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key
  return event.ctrlKey || event.metaKey ? `mod+${key}` : key
}

/** All guards in one place: a key that was meant for something else never decides. */
export function guardOf(event: KeyboardEvent, context: KeyContext): Guard | null {
  // Key code 229 is how some browsers mark a key that an input method has taken.
  if (event.isComposing || event.keyCode === 229) return 'composing'
  if (event.repeat) return 'repeat'
  if (isDialogOpen()) return 'dialog'
  if (context.busy) return 'busy'
  if (context.now < context.heldUntil) return 'hold'
  if (nameOfPress(event) === 'mod+Enter') return null
  if (event.ctrlKey || event.metaKey || event.altKey) return 'modifier'
  // Shift makes "?" and others what they are, but a letter with shift is not the letter's command.
  if (event.shiftKey && /^\p{L}$/u.test(event.key)) return 'modifier'
  const target = event.target instanceof Element ? event.target : null
  if (target !== null && isTypedInto(target)) return 'typing'
  if (target !== null && target.closest(roving) !== null) return 'roving'
  // Enter on a link or button is theirs.
  if (event.key === 'Enter' && target?.closest('a[href], button, summary') != null) return 'native'
  if (context.singleKeysOff && event.key.length === 1 && event.key !== '?') return 'off'
  return null
}

const typed =
  'textarea, select, input:not([type=checkbox], [type=button], [type=submit], [type=radio], [type=range])'
const roving =
  '[role=radiogroup], [role=tablist], [role=menu], [role=menubar], [role=listbox], [role=grid], [role=tree], [role=toolbar], [role=slider], input[type=radio], input[type=range]'
const open =
  'dialog[open], [role=dialog], [role=alertdialog], [role=menu], [role=listbox], [popover][data-open]'

function isTypedInto(target: Element): boolean {
  if (target.matches(typed)) return true
  return target instanceof HTMLElement && target.isContentEditable
}

function isDialogOpen(): boolean {
  return [...document.querySelectorAll(open)].some(
    (element) => element.getAttribute('aria-hidden') !== 'true',
  )
}
