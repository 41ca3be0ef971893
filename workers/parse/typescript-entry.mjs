// Plain JavaScript, as nothing can load TypeScript in this thread before these lines ran.
import { workerData } from 'node:worker_threads'
import { register } from 'tsx/esm/api'

register()
await import(workerData.entry)
