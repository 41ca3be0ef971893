import { lookup, type LookupAddress } from 'node:dns'
import type { LookupFunction } from 'node:net'
import { mayReach, type Reach } from '#domain/network-address.ts'

export type Resolve = (hostname: string) => Promise<LookupAddress[]>

/** The system's own resolver. */
export const systemResolve: Resolve = async (hostname) =>
  new Promise((resolve, reject) => {
    lookup(hostname, { all: true }, (error, addresses) => {
      if (error === null) resolve(addresses)
      else reject(error)
    })
  })

/**
 * Looks a name up for a connection that is just being made and lets none of its addresses pass that must not be
 * reached: the socket then goes to exactly these addresses, so a second answer of the name server changes nothing.
 */
export function guardedLookup(
  resolve: Resolve,
  { reach, onBlocked }: { reach: Reach; onBlocked: (address: string) => unknown },
): LookupFunction {
  return (hostname, options, callback) => {
    resolve(hostname).then(
      (addresses) => {
        const blocked = addresses.find(({ address }) => !mayReach(address, reach))
        const [first] = addresses
        if (blocked !== undefined) {
          onBlocked(blocked.address)
          callback(new Error('the name leads to an address that is not called'), '', 0)
        } else if (first === undefined) {
          callback(Object.assign(new Error('the name has no address'), { code: 'ENOTFOUND' }), '', 0)
        } else if (options.all === true) {
          callback(null, addresses)
        } else {
          callback(null, first.address, first.family)
        }
      },
      (error: unknown) => callback(error instanceof Error ? error : new Error(String(error)), '', 0),
    )
  }
}
