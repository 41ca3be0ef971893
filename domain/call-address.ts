import { literalAddress, mayReach } from './network-address.ts'

/** Which addresses inside the own network connections may name: any, or those that are listed as `host:port`. */
export type PrivateCalls = 'any' | readonly string[]

/** Reads the list of an environment variable; in production nothing is private that is not listed. */
export function privateCallsOf(text: string | null, isProduction: boolean): PrivateCalls {
  const listed = (text ?? '')
    .split(',')
    .map((entry) => entry.trim().toLowerCase())
    .filter((entry) => entry !== '')
  return isProduction || listed.length > 0 ? listed : 'any'
}

/** Why a connection may not go to this address; null when it may. Names are looked up when the call is made. */
export function addressFault(
  { url, privateAddress }: { url: URL; privateAddress: boolean },
  privateCalls: PrivateCalls,
): string | null {
  if (!privateAddress && url.protocol !== 'https:')
    return 'Use https, or say that the address is a private one'
  if (privateAddress && privateCalls !== 'any' && !privateCalls.includes(hostAndPort(url))) {
    return `This server allows no calls to the private address ${hostAndPort(url)}`
  }
  const literal = literalAddress(url.hostname)
  if (literal === null || mayReach(literal, privateAddress ? 'own-network' : 'public')) return null
  return privateAddress ? 'This address is never called' : 'This address is a private one, or not for use'
}

function hostAndPort(url: URL): string {
  return `${url.hostname}:${url.port || (url.protocol === 'https:' ? '443' : '80')}`
}
