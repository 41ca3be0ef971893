import ipaddr from 'ipaddr.js'

/** `public`: the open internet alone. `own-network`: loopback and private networks too. */
export type Reach = 'public' | 'own-network'

const ownRanges: ReadonlySet<string> = new Set(['loopback', 'private', 'uniqueLocal', 'carrierGradeNat'])
/** The part of IPv6 that is given out for use; everything outside it is special in some way. */
const globalUnicast = ipaddr.IPv6.parseCIDR('2000::/3')

/** Whether a call may connect to this IP address. Whatever is no address is refused. */
export function mayReach(address: string, reach: Reach): boolean {
  if (!ipaddr.isValid(address)) return false
  // An IPv4 address in IPv6 clothes is what it is underneath.
  const parsed = ipaddr.process(address)
  const range = parsed.range()
  if (reach === 'own-network' && ownRanges.has(range)) return true
  if (range !== 'unicast') return false
  return parsed instanceof ipaddr.IPv6 ? parsed.match(globalUnicast) : true
}

/** The IP address that a host name of a URL spells out; null for names that have to be looked up. */
export function literalAddress(hostname: string): string | null {
  const bare = hostname.startsWith('[') ? hostname.slice(1, -1) : hostname
  return ipaddr.isValid(bare) ? bare : null
}
