import { sleep, type WorkflowInterceptorsFactory } from '@temporalio/workflow'

/** Lets every update through its validator and then waits, as a tracing plugin might. */
export const interceptors: WorkflowInterceptorsFactory = () => ({
  inbound: [
    {
      handleUpdate: async (input, next) => {
        await sleep(1)
        return next(input)
      },
    },
  ],
})
