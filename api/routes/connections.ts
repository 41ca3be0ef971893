import { addressFault, type PrivateCalls } from '#domain/call-address.ts'
import type { InputProblem, Problem } from '#domain/problems.ts'
import { StepId } from '#domain/process-map.ts'
import { baseUrlOf } from '#domain/views/connections.ts'
import { connectionsOf, deleteConnection, putConnection } from '#store/connections.ts'
import type { Handlers } from '../call.ts'
import { inputProblemsOf } from '../input-problems.ts'

export const connectionRoutes: Pick<Handlers, 'connections' | 'putConnection' | 'deleteConnection'> = {
  connections: ({ params }, { db }) => connectionsOf(db, params.processId),
  putConnection: async ({ actor, params, body }, { db, secretKeys, privateCalls }) => {
    const { processId, connection: name } = params
    const fault = nameProblem(name) ?? addressProblem(addressFaultOf(body, privateCalls))
    if (fault !== null) return fault
    const problem = await putConnection(db, { processId, name, body, by: actor.id, keys: secretKeys })
    return problem ?? connectionsOf(db, processId)
  },
  deleteConnection: ({ actor, params }, { db }) =>
    deleteConnection(db, { processId: params.processId, name: params.connection, by: actor.id }),
}

function nameProblem(name: string): Problem | null {
  const read = StepId.safeParse(name)
  return read.success ? null : invalid(inputProblemsOf(read.error.issues, ['connection']))
}

function addressFaultOf(
  { baseUrl, privateAddress }: { baseUrl: string; privateAddress: boolean },
  privateCalls: PrivateCalls,
): string | null {
  const url = baseUrlOf(baseUrl)
  return url === null ? null : addressFault({ url, privateAddress }, privateCalls)
}

function addressProblem(fault: string | null): Problem | null {
  return fault === null ? null : invalid([{ field: 'baseUrl', message: 'is not allowed', mend: fault }])
}

function invalid(errors: InputProblem[]): Problem {
  return { code: 'InvalidInput', errors }
}
