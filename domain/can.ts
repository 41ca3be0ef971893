import { z } from 'zod'

export const Role = z.enum(['owner', 'reviewer', 'leader'])
export type Role = z.infer<typeof Role>

/** Who is asking: `roles` by process, read anew for every request. */
export type Actor = {
  id: string
  name: string
  sample: boolean
  roles: { processId: string; role: Role }[]
}

/** What a route does. Every route of the contract names one. */
export const permissions = {
  /** Anyone, signed in or not. */
  'see-health': 'anyone',
  'sign-in': 'anyone',
  /** Anyone signed in; lists hold only what the person may see. */
  'see-own': 'signed-in',
  'create-process': 'signed-in',
  'see-process': ['owner', 'reviewer', 'leader'],
  'change-map': ['owner'],
  'publish-map': ['owner'],
  'import-baseline': ['owner'],
  'manage-connections': ['owner'],
  'change-pilot': ['owner'],
  'start-case': ['owner', 'reviewer'],
  'see-case': ['owner', 'reviewer', 'leader'],
  'stop-case': ['owner'],
  /** That a case does not fit the step it is at, anyone who works on it may say. */
  'command-case': ['owner', 'reviewer'],
  /** Pausing a case, and letting it go on by hand. */
  'control-case': ['owner'],
  'command-pilot': ['owner'],
  'send-message': ['owner', 'reviewer'],
  'move-cases': ['owner'],
  'see-task': ['owner', 'reviewer'],
  /** Reviews and manual work. */
  'decide-task': ['reviewer', 'owner'],
  /** The exception desk. */
  'decide-exception': ['owner'],
  'give-example': ['owner', 'reviewer'],
  'manage-samples': ['owner'],
} as const satisfies Record<string, 'anyone' | 'signed-in' | readonly Role[]>

export type Permission = keyof typeof permissions

/**
 * The one rule of who may do what. `processId` is the process that the object belongs to; null where the action
 * concerns none. Unknown or foreign objects are answered as if they did not exist.
 */
export function can(actor: Actor | null, permission: Permission, processId: string | null): boolean {
  const rule = permissions[permission]
  if (rule === 'anyone') return true
  if (actor === null) return false
  if (rule === 'signed-in') return true
  const roles: readonly Role[] = rule
  return actor.roles.some(
    (membership) => membership.processId === processId && roles.includes(membership.role),
  )
}
