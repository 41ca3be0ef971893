/** Why a file could not be read; the message is for the person who chose the file. */
export type CsvProblemCode =
  | 'FileMissing'
  | 'FileTooBig'
  | 'TooManyRows'
  | 'NotText'
  | 'BadGzip'
  | 'NoTable'
  | 'QuoteNeverClosed'
  | 'MappingUnusable'
  | 'NoRows'
  | 'TimedOut'
  | 'OutOfMemory'
export type CsvProblem = { code: CsvProblemCode; message: string; details: string[] }

/** Carries a problem out of the middle of a stream; it never leaves the worker. */
export class CsvFault extends Error {
  readonly problem: CsvProblem

  constructor(code: CsvProblemCode, message: string, details: string[] = []) {
    super(message)
    this.problem = { code, message, details }
  }
}
