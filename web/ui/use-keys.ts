import { useEffect, useLayoutEffect, useRef } from 'react'
import { guardOf, nameOfPress } from './key-guards.ts'

export type KeyBinding = {
  /** "a", "?", "mod+Enter", or a sequence of two: "g i". */
  keys: string
  /** What it does, as the help lists it. */
  label: string
  run: () => void
}

type Layer = { group: string; bindings: KeyBinding[]; busy: boolean }

// One dispatcher for the whole page: a browser has one keyboard.
const layers: { current: Layer }[] = []
let heldUntil = 0
let prefix: { key: string; until: number } | null = null
const sequenceMs = 1_200

/** Takes no single key for a while: after advancing, a late press must not decide the next item. */
export function holdKeys(milliseconds = 250): void {
  heldUntil = performance.now() + milliseconds
}

/** Binds keys while the component is on screen; later components win over earlier ones. */
export function useKeys(group: string, bindings: KeyBinding[], { busy = false } = {}): void {
  const layer = useRef<Layer>({ group, bindings, busy })
  useLayoutEffect(() => {
    layer.current = { group, bindings, busy }
  })
  useEffect(() => {
    layers.push(layer)
    if (layers.length === 1) window.addEventListener('keydown', onKeyDown)
    return () => {
      layers.splice(layers.indexOf(layer), 1)
      if (layers.length === 0) window.removeEventListener('keydown', onKeyDown)
    }
  }, [])
}

/** What can be pressed now, for the help. */
export function boundKeys(): { group: string; bindings: KeyBinding[] }[] {
  return layers.map((layer) => layer.current).filter((layer) => layer.bindings.length > 0)
}

function onKeyDown(event: KeyboardEvent): void {
  if (event.defaultPrevented) return
  const now = performance.now()
  const guard = guardOf(event, {
    busy: layers.some((layer) => layer.current.busy),
    heldUntil,
    now,
    singleKeysOff: !areSingleKeysOn(),
  })
  if (guard !== null) return

  const press = nameOfPress(event)
  const sequence = prefix !== null && now < prefix.until ? `${prefix.key} ${press}` : null
  prefix = null
  const binding = (sequence === null ? undefined : findBinding(sequence)) ?? findBinding(press)
  if (binding !== undefined) {
    event.preventDefault()
    binding.run()
    return
  }
  if (startsSequence(press)) {
    event.preventDefault()
    prefix = { key: press, until: now + sequenceMs }
  }
}

function findBinding(keys: string): KeyBinding | undefined {
  for (const layer of layers.toReversed()) {
    const binding = layer.current.bindings.find((candidate) => candidate.keys === keys)
    if (binding !== undefined) return binding
  }
  return undefined
}

function startsSequence(press: string): boolean {
  return layers.some((layer) =>
    layer.current.bindings.some((binding) => binding.keys.startsWith(`${press} `)),
  )
}

const storageKey = 'throughline-single-keys'

export function areSingleKeysOn(): boolean {
  return localStorage.getItem(storageKey) !== 'off'
}

export function setSingleKeys(on: boolean): void {
  localStorage.setItem(storageKey, on ? 'on' : 'off')
  showSingleKeys()
}

/** Hides the hints of keys that would do nothing. */
export function showSingleKeys(): void {
  document.documentElement.dataset['singleKeys'] = areSingleKeysOn() ? 'on' : 'off'
}
