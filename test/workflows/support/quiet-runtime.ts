import { DefaultLogger, Runtime, makeTelemetryFilterString } from '@temporalio/worker'

let isQuiet = false

/** One runtime per process; its messages would drown the test's. */
export function quietRuntime(): void {
  if (isQuiet) return
  isQuiet = true
  Runtime.install({
    logger: new DefaultLogger('ERROR', () => undefined),
    telemetryOptions: {
      logging: { forward: {}, filter: makeTelemetryFilterString({ core: 'ERROR', other: 'ERROR' }) },
    },
  })
}
