import type { ReactElement } from 'react'
import { useWordDiff } from './use-word-diff.ts'

type DiffProps = { before: string; after: string }

/** Both texts in one: what went is struck through, what came is underlined. */
export function DiffText({ before, after }: DiffProps): ReactElement {
  const pieces = useWordDiff(before, after)
  if (pieces === null) return <span className="diff-text">{after}</span>
  return (
    <span className="diff-text">
      {pieces.map((piece, index) => {
        if (piece.kind === 'same') return <span key={index}>{piece.text}</span>
        if (piece.kind === 'added') return <ins key={index}>{piece.text}</ins>
        return <del key={index}>{piece.text}</del>
      })}
    </span>
  )
}
