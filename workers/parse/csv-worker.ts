import { parentPort, workerData } from 'node:worker_threads'
import type { CsvJob, CsvMessage } from './csv.ts'
import { CsvFault } from './csv-fault.ts'
import { baselineOfFile, checkFile, previewFile, type CsvProgress } from './csv-jobs.ts'

const MS_BETWEEN_REPORTS = 100

function send(message: CsvMessage): void {
  parentPort?.postMessage(message, [])
}

function reporter(): (progress: CsvProgress) => void {
  let lastAt = 0
  return (progress) => {
    const now = performance.now()
    if (now - lastAt < MS_BETWEEN_REPORTS) return
    lastAt = now
    send({ kind: 'progress', progress })
  }
}

async function run(job: CsvJob): Promise<void> {
  try {
    switch (job.kind) {
      case 'preview':
        return send({ kind: 'preview', result: await previewFile(job.input, reporter()) })
      case 'check':
        return send({ kind: 'check', result: await checkFile(job.input, reporter()) })
      case 'baseline':
        return send({ kind: 'baseline', result: await baselineOfFile(job.input, reporter()) })
    }
  } catch (error) {
    if (!(error instanceof CsvFault)) throw error
    send({ kind: 'problem', problem: error.problem })
  }
}

// Written by csv.ts of this very folder, typed there.
const { job }: { job: CsvJob } = workerData
await run(job)
