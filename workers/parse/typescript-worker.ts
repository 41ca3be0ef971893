import { Worker, type WorkerOptions } from 'node:worker_threads'

/**
 * A worker thread whose entry is a TypeScript file. On Node 20 a thread does not load TypeScript because its parent
 * does, so it starts from a plain module that registers tsx first.
 */
export function typescriptWorker(entry: URL, options: WorkerOptions & { workerData: object }): Worker {
  return new Worker(new URL('./typescript-entry.mjs', import.meta.url), {
    ...options,
    // With the parent's own flags the loader would be registered twice.
    execArgv: [],
    workerData: { ...options.workerData, entry: entry.href },
  })
}
