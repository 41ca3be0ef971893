import { startProxy, type Proxy } from './proxy.ts'

/** Who talks to whom: a proxy stands between each pair. */
export const linkNames = [
  'api-1→postgres',
  'api-2→postgres',
  'core→postgres',
  'ai→postgres',
  'api-1→temporal',
  'api-2→temporal',
  'core→temporal',
  'ai→temporal',
  'ai→model',
  'ai→receiver',
  'driver→api-1',
  'driver→api-2',
] as const
export type LinkName = (typeof linkNames)[number]
export type Links = Record<LinkName, Proxy>

export async function startLinks(): Promise<Links> {
  return {
    'api-1→postgres': await startProxy(),
    'api-2→postgres': await startProxy(),
    'core→postgres': await startProxy(),
    'ai→postgres': await startProxy(),
    'api-1→temporal': await startProxy(),
    'api-2→temporal': await startProxy(),
    'core→temporal': await startProxy(),
    'ai→temporal': await startProxy(),
    'ai→model': await startProxy(),
    'ai→receiver': await startProxy(),
    'driver→api-1': await startProxy(),
    'driver→api-2': await startProxy(),
  }
}
