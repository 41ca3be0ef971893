import { afterEach, describe, expect, it } from 'vitest'
import { guardOf, nameOfPress, type KeyContext } from '#web/ui/key-guards.ts'

const quiet: KeyContext = { busy: false, heldUntil: 0, now: 1_000, singleKeysOff: false }

function press(on: string, init: KeyboardEventInit): KeyboardEvent {
  document.body.innerHTML = on
  const target = document.querySelector('[data-target]') ?? document.body
  let seen: KeyboardEvent | null = null
  const listen = (event: KeyboardEvent): void => {
    seen = event
  }
  window.addEventListener('keydown', listen, { once: true })
  target.dispatchEvent(new KeyboardEvent('keydown', { bubbles: true, ...init }))
  if (seen === null) throw new Error('The press did not arrive')
  return seen
}

describe('a single key', () => {
  afterEach(() => {
    document.body.innerHTML = ''
  })

  it.each([
    ['on the page', '', { key: 'a' }, null],
    ['on a button', '<button data-target></button>', { key: 'a' }, null],
    ['on a tick box', '<input type="checkbox" data-target>', { key: 'a' }, null],
    ['in a text field', '<input type="text" data-target>', { key: 'a' }, 'typing'],
    ['in a growing field', '<textarea data-target></textarea>', { key: 'a' }, 'typing'],
    ['in a choice', '<select data-target></select>', { key: 'a' }, 'typing'],
    ['with Ctrl', '', { key: 'a', ctrlKey: true }, 'modifier'],
    ['with Alt', '', { key: 'a', altKey: true }, 'modifier'],
    ['as a capital letter', '', { key: 'A', shiftKey: true }, 'modifier'],
    ['that is held down', '', { key: 'a', repeat: true }, 'repeat'],
    ['while a dialog is open', '<dialog open></dialog>', { key: 'a' }, 'dialog'],
    ['while a menu is open', '<div role="menu"></div>', { key: 'a' }, 'dialog'],
    ['in a group of tabs', '<div role="tablist"><b data-target></b></div>', { key: 'a' }, 'roving'],
    ['on a radio button', '<input type="radio" data-target>', { key: 'a' }, 'roving'],
    ['Enter on a link', '<a href="#x" data-target></a>', { key: 'Enter' }, 'native'],
    ['that an input method has taken', '', { key: 'a', isComposing: true }, 'composing'],
  ])('%s', (_, on, init, guard) => {
    const event = press(on, init)

    expect(guardOf(event, quiet)).toBe(guard)
  })

  it('is not taken while a decision is on its way', () => {
    const event = press('', { key: 'a' })

    expect(guardOf(event, { ...quiet, busy: true })).toBe('busy')
  })

  it('is not taken shortly after advancing', () => {
    const event = press('', { key: 'a' })

    expect(guardOf(event, { ...quiet, heldUntil: 1_100 })).toBe('hold')
    expect(guardOf(event, { ...quiet, heldUntil: 1_100, now: 1_100 })).toBe(null)
  })

  it('can be switched off, but for the help', () => {
    expect(guardOf(press('', { key: 'a' }), { ...quiet, singleKeysOff: true })).toBe('off')
    expect(guardOf(press('', { key: '?', shiftKey: true }), { ...quiet, singleKeysOff: true })).toBe(null)
  })
})

describe('Ctrl+Enter', () => {
  it('is taken from within a field, with Ctrl or with Cmd', () => {
    const byCtrl = press('<textarea data-target></textarea>', { key: 'Enter', ctrlKey: true })
    const byCmd = press('<textarea data-target></textarea>', { key: 'Enter', metaKey: true })

    expect([nameOfPress(byCtrl), guardOf(byCtrl, quiet)]).toEqual(['mod+Enter', null])
    expect([nameOfPress(byCmd), guardOf(byCmd, quiet)]).toEqual(['mod+Enter', null])
  })

  it('is not taken in the middle of composing a character', () => {
    const event = press('<textarea data-target></textarea>', {
      key: 'Enter',
      ctrlKey: true,
      isComposing: true,
    })

    expect(guardOf(event, quiet)).toBe('composing')
  })
})
