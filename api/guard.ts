import { randomBytes } from 'node:crypto'
import type { Problem } from '#domain/problems.ts'
import type { HostRule } from './deps.ts'

export function newNonce(): string {
  return randomBytes(16).toString('base64url')
}

/** Set on every answer, whatever it is. */
export function securityHeaders(nonce: string): Record<string, string> {
  return {
    'content-security-policy': [
      "default-src 'self'",
      "script-src 'self'",
      "worker-src 'self'",
      `style-src 'self' 'nonce-${nonce}'`,
      "img-src 'self' data: blob:",
      "connect-src 'self'",
      "object-src 'none'",
      "base-uri 'none'",
      "frame-ancestors 'none'",
      "form-action 'self'",
    ].join('; '),
    'strict-transport-security': 'max-age=31536000; includeSubDomains',
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    'referrer-policy': 'same-origin',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'permissions-policy': 'camera=(), microphone=(), geolocation=()',
  }
}

/** A name that somebody pointed at this machine is not ours: DNS rebinding ends here. */
export function isKnownHost(host: string | null, rule: HostRule): boolean {
  if (rule.kind === 'any') return true
  return host !== null && rule.hosts.includes(hostName(host))
}

function hostName(host: string): string {
  return host.toLowerCase().replace(/:\d+$/, '')
}

/**
 * A change that rides on a cookie must come from a page of this very address. Scripts that name a persona in a
 * header send no cookie that another site could borrow, so they need no Origin; a foreign one is refused still.
 */
export function originProblem(
  request: { method: string; origin: string | null; site: string | null; host: string | null },
  hasCookie: boolean,
): Problem | null {
  if (request.method === 'GET' || request.method === 'HEAD') return null
  if (request.site === 'cross-site') return { code: 'CrossSite' }
  if (request.origin === null) return hasCookie ? { code: 'CrossSite' } : null
  return isOwnOrigin(request.origin, request.host) ? null : { code: 'CrossSite' }
}

function isOwnOrigin(origin: string, host: string | null): boolean {
  if (!URL.canParse(origin) || host === null) return false
  const url = new URL(origin)
  return (
    url.origin === origin &&
    (url.protocol === 'http:' || url.protocol === 'https:') &&
    url.host === host.toLowerCase()
  )
}
