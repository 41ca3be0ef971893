import { workflowInfo, type WorkflowInterceptorsFactory } from '@temporalio/workflow'

/** As if the server called a history long after as many events as the case's memo says under `longAfter`. */
export const interceptors: WorkflowInterceptorsFactory = () => ({
  internals: [
    {
      activate: (input, next) => {
        const info = workflowInfo()
        const longAfter = info.memo?.['longAfter']
        if (typeof longAfter === 'number' && info.historyLength > longAfter) {
          Object.assign(info, { continueAsNewSuggested: true })
        }
        next(input)
      },
    },
  ],
})
