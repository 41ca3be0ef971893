import { diffArrays, diffWordsWithSpace } from 'diff'

export type DiffPiece = { kind: 'same' | 'added' | 'removed'; text: string }

/** What changed from one text to another: paragraphs first, then words inside the paragraphs that changed. */
export function wordDiff(before: string, after: string): DiffPiece[] {
  const parts = diffArrays(paragraphs(before), paragraphs(after))
  const pieces: DiffPiece[] = []
  for (let index = 0; index < parts.length; index += 1) {
    const part = parts[index]
    const following = parts[index + 1]
    if (part === undefined) continue
    const text = part.value.join('')
    if (part.removed && following?.added === true) {
      pieces.push(...words(text, following.value.join('')))
      index += 1
    } else {
      pieces.push({ kind: part.removed ? 'removed' : part.added ? 'added' : 'same', text })
    }
  }
  return pieces
}

/** What is shown when comparing words would take too long: the old text, then the new one. */
export function wholeDiff(before: string, after: string): DiffPiece[] {
  const pieces: DiffPiece[] = [
    { kind: 'removed', text: before },
    { kind: 'added', text: after },
  ]
  return pieces.filter((piece) => piece.text !== '')
}

function words(before: string, after: string): DiffPiece[] {
  const pieces = diffWordsWithSpace(before, after).map((change): DiffPiece => ({
    kind: change.added ? 'added' : change.removed ? 'removed' : 'same',
    text: change.value,
  }))
  return joinedChanges(pieces)
}

/**
 * A word or two that happen to stay between two changes would cut a new sentence into confetti: they count as
 * changed, so that one reads what went and then what came.
 */
function joinedChanges(pieces: DiffPiece[]): DiffPiece[] {
  const joined: DiffPiece[] = []
  let removed = ''
  let added = ''
  function flush(): void {
    if (removed !== '') joined.push({ kind: 'removed', text: removed })
    if (added !== '') joined.push({ kind: 'added', text: added })
    removed = ''
    added = ''
  }
  for (const [index, piece] of pieces.entries()) {
    if (piece.kind === 'removed') removed += piece.text
    else if (piece.kind === 'added') added += piece.text
    else if (isScrap(piece.text) && removed + added !== '' && index < pieces.length - 1) {
      removed += piece.text
      added += piece.text
    } else {
      flush()
      joined.push(piece)
    }
  }
  flush()
  return joined
}

function isScrap(text: string): boolean {
  const found = text.match(/[\p{L}\p{N}]+/gu) ?? []
  return !text.includes('\n') && found.length <= 2 && text.length <= 14
}

/** Each keeps its line breaks, so that joining them gives the text again. */
function paragraphs(text: string): string[] {
  return text.match(/[^\n]+\n*|\n+/g) ?? []
}
