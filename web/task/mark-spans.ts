export type Span = { from: number; to: number; tag: number; differs: boolean }
export type Piece = { text: string; mark: { tag: number; differs: boolean } | null }

/** Cuts a text at its spans. Spans outside the text, empty ones and ones inside an earlier one are left out. */
export function markSpans(text: string, spans: readonly Span[]): Piece[] {
  const pieces: Piece[] = []
  let at = 0
  for (const span of spans.toSorted((a, b) => a.from - b.from)) {
    if (span.from < at || span.to > text.length || span.to <= span.from) continue
    if (span.from > at) pieces.push({ text: text.slice(at, span.from), mark: null })
    pieces.push({
      text: text.slice(span.from, span.to),
      mark: { tag: span.tag, differs: span.differs },
    })
    at = span.to
  }
  if (at < text.length) pieces.push({ text: text.slice(at), mark: null })
  return pieces
}
