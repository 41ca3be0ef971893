/** A text made easy to search, that knows where each of its characters stood. */
export type SearchableText = { text: string; at: number[]; length: number }
export type Span = { from: number; to: number }

/** Without case, kinds of quotes and dashes, accents and runs of blanks. */
export function searchable(original: string): SearchableText {
  let text = ''
  const at: number[] = []
  let index = 0
  for (const char of original) {
    const plain = plainChar(char)
    for (const part of plain === ' ' && (text === '' || text.endsWith(' ')) ? '' : plain) {
      text += part
      at.push(index)
    }
    index += char.length
  }
  return { text, at, length: original.length }
}

function plainChar(char: string): string {
  if (/\s/.test(char)) return ' '
  if (/[‘’‚‛`´]/.test(char)) return "'"
  if (/[“”„«»]/.test(char)) return '"'
  if (/[‐‑‒–—−]/.test(char)) return '-'
  return char.normalize('NFKD').replaceAll(/\p{M}/gu, '').toLowerCase()
}

/** Where a phrase stands as whole words, at most five times; positions are those of the original text. */
export function findPhrase(within: SearchableText, phrase: string): Span[] {
  const wanted = searchable(phrase.trim()).text.trim()
  if (wanted === '') return []
  const found: Span[] = []
  for (let from = within.text.indexOf(wanted); from >= 0 && found.length < 5;) {
    const to = from + wanted.length
    if (isEdge(within.text, from) && isEdge(within.text, to)) found.push(spanOf(within, from, to))
    from = within.text.indexOf(wanted, to)
  }
  return found
}

function spanOf(within: SearchableText, from: number, to: number): Span {
  const start = within.at[from] ?? within.length
  const end = within.at[to] ?? within.length
  return { from: start, to: Math.max(start, end) }
}

/**
 * Between a word and something else, or at an end. A part of an address, a date or a number is no whole word:
 * `firm.example` does not stand in `ann@firm.example`.
 */
function isEdge(text: string, at: number): boolean {
  const isWord = (index: number): boolean => /[\p{L}\p{N}]/u.test(text.charAt(index))
  const joins = (index: number): boolean => /[@._/-]/.test(text.charAt(index))
  if (isWord(at - 1) && isWord(at)) return false
  if (joins(at - 1) && isWord(at - 2) && isWord(at)) return false
  return !(joins(at) && isWord(at - 1) && isWord(at + 1))
}
