import type { InputProblem } from '#domain/problems.ts'

export type ReadJson = { ok: true; value: unknown } | { ok: false; problem: InputProblem }

const maxDepth = 60
const forbiddenKeys: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype'])
const loneSurrogate = /\p{Surrogate}/u

/**
 * Reads JSON more strictly than `JSON.parse`: a key given twice, a key that reaches into prototypes, a number
 * beyond range, text that PostgreSQL cannot hold, or deep nesting is a fault with its place.
 */
export function readJson(text: string): ReadJson {
  try {
    const value: unknown = JSON.parse(text)
    const problem = faultIn(text)
    return problem === null ? { ok: true, value } : { ok: false, problem }
  } catch {
    return refused('', 'is not JSON', 'send well-formed JSON, encoded as UTF-8')
  }
}

/** What is wrong with a text that the database or a header cannot carry; null when nothing is. */
export function textFault(text: string): { message: string; mend: string } | null {
  if (text.includes('\u0000')) {
    return { message: 'holds the character U+0000', mend: 'remove the null character' }
  }
  if (loneSurrogate.test(text)) {
    return { message: 'holds half of a character pair', mend: 'send text that is valid Unicode' }
  }
  return null
}

type Frame = { kind: 'object'; keys: Set<string>; key: string | null } | { kind: 'array'; index: number }

/** Walks the tokens of a text that is known to be JSON. */
function faultIn(text: string): InputProblem | null {
  const frames: Frame[] = []
  let at = 0
  while (at < text.length) {
    const char = text.charAt(at)
    const frame = frames.at(-1)
    if (char === '{' || char === '[') {
      if (frames.length >= maxDepth) {
        return fault(frames, `is nested more than ${maxDepth} deep`, 'send flatter JSON')
      }
      frames.push(char === '{' ? { kind: 'object', keys: new Set(), key: null } : { kind: 'array', index: 0 })
      at += 1
    } else if (char === '}' || char === ']') {
      frames.pop()
      at += 1
    } else if (char === ',') {
      if (frame?.kind === 'array') frame.index += 1
      else if (frame !== undefined) frame.key = null
      at += 1
    } else if (char === '"') {
      const end = endOfString(text, at)
      const problem = stringFault(text.slice(at, end), frames)
      if (problem !== null) return problem
      at = end
    } else if (char === '-' || (char >= '0' && char <= '9')) {
      const end = endOfNumber(text, at)
      if (!Number.isFinite(Number(text.slice(at, end)))) {
        return fault(frames, 'is a number beyond range', 'send a number below 1.7e308')
      }
      at = end
    } else {
      at += 1
    }
  }
  return null
}

function stringFault(token: string, frames: Frame[]): InputProblem | null {
  const value: unknown = JSON.parse(token)
  if (typeof value !== 'string') return null
  const frame = frames.at(-1)
  if (frame?.kind === 'object' && frame.key === null) {
    if (forbiddenKeys.has(value)) return fault(frames, `has the key "${value}"`, 'leave this key out')
    if (frame.keys.has(value)) return fault(frames, `has the key "${value}" twice`, 'give each key once')
    frame.keys.add(value)
    frame.key = value
  }
  const problem = textFault(value)
  return problem === null ? null : fault(frames, problem.message, problem.mend)
}

function endOfString(text: string, start: number): number {
  let at = start + 1
  while (text.charAt(at) !== '"') at += text.charAt(at) === '\\' ? 2 : 1
  return at + 1
}

function endOfNumber(text: string, start: number): number {
  let at = start
  while ('+-.eE0123456789'.includes(text.charAt(at)) && at < text.length) at += 1
  return at
}

function fault(frames: Frame[], message: string, mend: string): InputProblem {
  const path: PropertyKey[] = frames.flatMap((frame): PropertyKey[] => {
    if (frame.kind === 'array') return [frame.index]
    return frame.key === null ? [] : [printable(frame.key)]
  })
  return { field: fieldPath(path), message, mend }
}

function refused(field: string, message: string, mend: string): ReadJson {
  return { ok: false, problem: { field: field === '' ? 'body' : field, message, mend } }
}

function printable(key: string): string {
  return key.replaceAll(/[^\x20-\x7e]/g, '?').slice(0, 80)
}

/** `steps[3].inputs[0]`; `body` for the whole of what was sent. */
export function fieldPath(path: readonly PropertyKey[]): string {
  const text = path.reduce<string>((before, part) => {
    if (typeof part === 'number') return `${before}[${part}]`
    return before === '' ? String(part) : `${before}.${String(part)}`
  }, '')
  return text === '' ? 'body' : text
}
