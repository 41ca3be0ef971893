const Delimiters = [',', ';', '\t', '|'] as const
type Delimiter = (typeof Delimiters)[number]
const LineEnds = ['\n', '\r\n', '\r'] as const
type LineEnd = (typeof LineEnds)[number]

/** How a CSV file is written. */
export type CsvDialect = { delimiter: Delimiter; quote: '"' | "'"; lineEnd: LineEnd; hasBom: boolean }

/** Reads the dialect off the beginning of a file. */
export function sniffCsv(beginning: string): CsvDialect {
  const hasBom = beginning.startsWith('\uFEFF')
  const text = hasBom ? beginning.slice(1) : beginning
  const quote = sniffQuote(text)
  const bare = withoutQuoted(text, quote)
  const lineEnd = sniffLineEnd(bare)
  return { delimiter: sniffDelimiter(bare.split(lineEnd)), quote, lineEnd, hasBom }
}

/** Double quotes unless cells plainly begin and end with single ones. */
function sniffQuote(text: string): '"' | "'" {
  const cells = (quote: string): number =>
    text.match(new RegExp(`(^|[,;\\t|\\r\\n])${quote}`, 'g'))?.length ?? 0
  const single = cells("'")
  const closed = text.match(/'(?=$|[,;\t|\r\n])/g)?.length ?? 0
  return single > 1 && cells('"') === 0 && Math.abs(single - closed) <= 1 ? "'" : '"'
}

/** Quoted text may hold delimiters and line ends that mean nothing. */
function withoutQuoted(text: string, quote: string): string {
  return text.replaceAll(new RegExp(`${quote}(?:[^${quote}]|${quote}${quote})*(?:${quote}|$)`, 'g'), 'q')
}

function sniffLineEnd(bare: string): LineEnd {
  const crlf = bare.match(/\r\n/g)?.length ?? 0
  const lf = (bare.match(/\n/g)?.length ?? 0) - crlf
  const cr = (bare.match(/\r/g)?.length ?? 0) - crlf
  if (crlf > 0 && crlf >= lf) return '\r\n'
  return lf === 0 && cr > 0 ? '\r' : '\n'
}

/** The delimiter that splits most lines into the same number of cells, and into most of them. */
function sniffDelimiter(lines: readonly string[]): Delimiter {
  // The last line may be cut off in the middle.
  const whole = (lines.length > 1 ? lines.slice(0, -1) : lines)
    .filter((line) => line.trim() !== '')
    .slice(0, 200)
  let best: { delimiter: Delimiter; points: number } = { delimiter: ',', points: 0 }
  for (const delimiter of Delimiters) {
    const counts = whole.map((line) => line.split(delimiter).length)
    const inHeader = counts[0] ?? 1
    if (inHeader < 2) continue
    const agreeing = counts.filter((count) => count === inHeader).length / counts.length
    const points = agreeing * 1000 + inHeader
    if (points > best.points) best = { delimiter, points }
  }
  return best.delimiter
}
