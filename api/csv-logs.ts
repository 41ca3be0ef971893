import type * as csv from '#workers/parse/csv.ts'
import type { LogReader, Unreadable } from './deps.ts'

/** The parser that the workers' folder has; only `main.ts` brings it in. */
export type CsvParser = Pick<typeof csv, 'previewCsv' | 'checkCsv' | 'baselineFromCsv' | 'isCsvProblem'>
type CsvProblem = Extract<Awaited<ReturnType<CsvParser['previewCsv']>>, { details: string[] }>

/** A person waits for these two; an import may take longer. */
const waitMs = 20_000
const importMs = 300_000

/** Event logs read in a thread of their own, with bounded memory and time. */
export function csvLogs({ previewCsv, checkCsv, baselineFromCsv, isCsvProblem }: CsvParser): LogReader {
  return {
    facts: async (content) => {
      const read = await previewCsv({ bytes: content }, { timeoutMs: waitMs })
      if (isCsvProblem(read)) return unreadable(read)
      return cleaned({
        gzip: read.gzip,
        delimiter: read.dialect.delimiter,
        columns: read.columns,
        sampleRows: read.sampleRows,
        rowsSeen: read.rows,
        mapping: read.mapping,
        questions: read.questions,
      })
    },
    check: async (content, mapping) => {
      const read = await checkCsv({ bytes: content }, mapping, { timeoutMs: waitMs })
      if (isCsvProblem(read)) return unreadable(read)
      const { rows, cases, rejected, rejectedTotal, activities, firstAt, lastAt } = read
      return { rows, cases, rejected, rejectedTotal, activities, firstAt, lastAt }
    },
    baseline: async (content, { sampleData: _, ...choices }, onRows) => {
      const read = await baselineFromCsv({ bytes: content }, choices, {
        timeoutMs: importMs,
        onProgress: ({ rows }) => onRows(rows),
      })
      if (isCsvProblem(read)) return unreadable(read)
      return { figures: read.figures, rejectedRows: read.check.rejectedTotal }
    },
  }
}

function unreadable({ message, details }: CsvProblem): Unreadable {
  const listed = details.slice(0, 10).join('; ')
  return { code: 'FileUnreadable', why: listed === '' ? message : `${message} ${listed}` }
}

/** PostgreSQL holds no null characters. */
function cleaned<Facts extends { columns: string[]; sampleRows: string[][] }>(facts: Facts): Facts {
  const clean = (text: string): string => text.replaceAll('\u0000', '')
  return {
    ...facts,
    columns: facts.columns.map(clean),
    sampleRows: facts.sampleRows.map((row) => row.map(clean)),
  }
}
