import { TransformStream } from 'node:stream/web'
import { Worker } from '@temporalio/worker'
import type { WorkflowBundle } from './engine.ts'
import type { Run } from './runs.ts'

type Recorded = { workflowId: string; history: Run['history'] }

/** Replays one history after the other. */
export type Replayer = {
  /** What the replay has to say against a history; nothing when it replays. */
  faultsOf: (run: Run) => Promise<string[]>
  close: () => Promise<void>
}

/**
 * One replaying worker for all: each one made reads the source map of the workflows anew and never lets go of it, which
 * ends a process after some hundred.
 */
export function openReplayer(workflowBundle: WorkflowBundle): Replayer {
  const { readable, writable } = new TransformStream<Recorded, Recorded>()
  const histories = writable.getWriter()
  const waiting = new Map<string, (faults: string[]) => void>()
  let asked = 0

  const answering = (async () => {
    for await (const { workflowId, error } of Worker.runReplayHistories({ workflowBundle }, readable)) {
      waiting.get(workflowId)?.(error === undefined ? [] : [`replay: ${error.message}`])
      waiting.delete(workflowId)
    }
  })()

  return {
    faultsOf: ({ history }: Run) =>
      new Promise((resolve, reject) => {
        // A map that is played more than once has the same workflow id each time; an answer needs its own.
        const workflowId = `replay-${(asked += 1)}`
        waiting.set(workflowId, resolve)
        answering.catch(reject)
        histories.write({ workflowId, history }).catch(reject)
      }),
    close: async () => {
      await histories.close()
      await answering
    },
  }
}
