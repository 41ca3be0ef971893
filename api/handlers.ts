import type { Handlers } from './call.ts'
import { baselineRoutes } from './routes/baselines.ts'
import { caseRoutes } from './routes/cases.ts'
import { connectionRoutes } from './routes/connections.ts'
import { controlRoutes } from './routes/control.ts'
import { pilotRoutes } from './routes/pilots.ts'
import { processRoutes } from './routes/processes.ts'
import { sampleRoutes } from './routes/samples.ts'
import { sessionRoutes } from './routes/session.ts'
import { taskRoutes } from './routes/tasks.ts'

/** What each route of the contract does. */
export const handlers: Handlers = {
  ...sessionRoutes,
  ...processRoutes,
  ...baselineRoutes,
  ...connectionRoutes,
  ...pilotRoutes,
  ...caseRoutes,
  ...controlRoutes,
  ...taskRoutes,
  ...sampleRoutes,
}
