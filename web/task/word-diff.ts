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
  return diffWordsWithSpace(before, after).map((change) => ({
    kind: change.added ? 'added' : change.removed ? 'removed' : 'same',
    text: change.value,
  }))
}

/** Each keeps its line breaks, so that joining them gives the text again. */
function paragraphs(text: string): string[] {
  return text.match(/[^\n]+\n*|\n+/g) ?? []
}
