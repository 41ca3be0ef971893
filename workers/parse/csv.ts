import type { BaselineChoices } from '#domain/measure/baseline-from-log.ts'
import type { ColumnMapping } from '#domain/measure/event-log.ts'
import type { CsvProblem } from './csv-fault.ts'
import type { CsvBaseline, CsvCheck, CsvInput, CsvPreview, CsvProgress } from './csv-jobs.ts'
import type { CsvSource, Encoding } from './csv-source.ts'
import { typescriptWorker } from './typescript-worker.ts'

export type CsvOptions = {
  encoding?: Encoding
  maxBytes?: number
  maxRows?: number
  timeoutMs?: number
  heapMb?: number
  onProgress?: (progress: CsvProgress) => void
  signal?: AbortSignal
}

export type CsvJob =
  | { kind: 'preview'; input: CsvInput }
  | { kind: 'check'; input: CsvInput & { mapping: ColumnMapping } }
  | {
      kind: 'baseline'
      input: CsvInput & { mapping: ColumnMapping; choices: Omit<BaselineChoices, 'refusedRows'> }
    }
export type CsvMessage =
  | { kind: 'progress'; progress: CsvProgress }
  | { kind: 'preview'; result: CsvPreview }
  | { kind: 'check'; result: CsvCheck }
  | { kind: 'baseline'; result: CsvBaseline }
  | { kind: 'problem'; problem: CsvProblem }

const CSV_LIMITS = {
  maxBytes: 200_000_000,
  maxRows: 5_000_000,
  timeoutMs: 300_000,
  heapMb: 256,
} as const

export function isCsvProblem(outcome: object): outcome is CsvProblem {
  return 'code' in outcome
}

/** Reads the whole file: its shape, first rows, and what its columns probably mean. */
export async function previewCsv(
  source: CsvSource,
  options: CsvOptions = {},
): Promise<CsvPreview | CsvProblem> {
  const message = await runJob({ kind: 'preview', input: inputOf(source, options) }, options)
  if (message.kind === 'problem') return message.problem
  if (message.kind === 'preview') return message.result
  throw new Error(`a preview was answered with ${message.kind}`)
}

/** Reads the file by a mapping: which rows are refused and why, which activities there are. */
export async function checkCsv(
  source: CsvSource,
  mapping: ColumnMapping,
  options: CsvOptions = {},
): Promise<CsvCheck | CsvProblem> {
  const input = { ...inputOf(source, options), mapping }
  const message = await runJob({ kind: 'check', input }, options)
  if (message.kind === 'problem') return message.problem
  if (message.kind === 'check') return message.result
  throw new Error(`a check was answered with ${message.kind}`)
}

/** Reads the file by a mapping and computes the baseline; refused rows are left out and listed. */
export async function baselineFromCsv(
  source: CsvSource,
  choices: { mapping: ColumnMapping } & Omit<BaselineChoices, 'refusedRows'>,
  options: CsvOptions = {},
): Promise<CsvBaseline | CsvProblem> {
  const { mapping, ...rest } = choices
  const input = { ...inputOf(source, options), mapping, choices: rest }
  const message = await runJob({ kind: 'baseline', input }, options)
  if (message.kind === 'problem') return message.problem
  if (message.kind === 'baseline') return message.result
  throw new Error(`a baseline was answered with ${message.kind}`)
}

function inputOf(source: CsvSource, options: CsvOptions): CsvInput {
  return {
    source,
    limits: {
      maxBytes: options.maxBytes ?? CSV_LIMITS.maxBytes,
      maxRows: options.maxRows ?? CSV_LIMITS.maxRows,
      encoding: options.encoding ?? 'utf-8',
    },
  }
}

/** A hostile file can at worst use up its own thread: memory, time and size are bounded. */
async function runJob(job: CsvJob, options: CsvOptions): Promise<Exclude<CsvMessage, { kind: 'progress' }>> {
  options.signal?.throwIfAborted()
  const timeoutMs = options.timeoutMs ?? CSV_LIMITS.timeoutMs
  const worker = typescriptWorker(new URL('./csv-worker.ts', import.meta.url), {
    workerData: { job },
    resourceLimits: { maxOldGenerationSizeMb: options.heapMb ?? CSV_LIMITS.heapMb },
  })
  const { promise, resolve, reject } = withResolvers<Exclude<CsvMessage, { kind: 'progress' }>>()
  const seconds = Math.round(timeoutMs / 1000)
  const timer = setTimeout(() => {
    const message = `Reading the file took longer than ${seconds} s. Export a shorter period.`
    resolve({ kind: 'problem', problem: { code: 'TimedOut', message, details: [] } })
  }, timeoutMs)
  const onAbort = (): void => reject(options.signal?.reason)
  options.signal?.addEventListener('abort', onAbort)
  worker.on('message', (message: CsvMessage) => {
    if (message.kind === 'progress') options.onProgress?.(message.progress)
    else resolve(message)
  })
  worker.on('error', (error: Error & { code?: string }) => {
    if (error.code !== 'ERR_WORKER_OUT_OF_MEMORY') return reject(error)
    const message = 'The file has too many different values to be read at once. Export a shorter period.'
    return resolve({ kind: 'problem', problem: { code: 'OutOfMemory', message, details: [] } })
  })
  worker.on('exit', (code) => reject(new Error(`the CSV thread ended with code ${code} and no answer`)))
  try {
    return await promise
  } finally {
    clearTimeout(timer)
    options.signal?.removeEventListener('abort', onAbort)
    await worker.terminate()
  }
}

function withResolvers<T>(): {
  promise: Promise<T>
  resolve: (value: T) => void
  reject: (reason: unknown) => void
} {
  let resolve: (value: T) => void = () => {}
  let reject: (reason: unknown) => void = () => {}
  const promise = new Promise<T>((onResolve, onReject) => {
    resolve = onResolve
    reject = onReject
  })
  return { promise, resolve, reject }
}
