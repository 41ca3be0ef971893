/** The entries of a list field, whose text holds one to a line. */
export function entriesOf(text: string): string[] {
  return text
    .split(/\r\n|\r|\n/)
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '')
}

/** A list field's text. An entry is one line, whatever it held before. */
export function listOf(entries: readonly string[]): string {
  return entries
    .map((entry) => entry.replaceAll(/\s*[\r\n]+\s*/g, ' ').trim())
    .filter((entry) => entry !== '')
    .join('\n')
}
