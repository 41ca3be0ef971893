/**
 * Secrets and personal words that must stay where they belong (I9). Each is unlike anything else, so that a search
 * for it in logs, histories, error bodies and the audit finds nothing else.
 */
export type Canaries = {
  /** In letters, drafts, edits and forms. */
  personal: string
  modelKey: string
  colleagueKey: string
  /** In a header that calls to the other system carry. */
  connectionSecret: string
  /** At the beginning of every Idempotency-Key. */
  idempotency: string
  /** In headers that nobody asked for. */
  header: string
}

export function canariesOf(seed: number): Canaries {
  const canary = (of: string): string => `canary-${of}-${seed.toString(36)}-zq7`
  return {
    personal: canary('personal'),
    modelKey: canary('model-key'),
    colleagueKey: canary('colleague-key'),
    connectionSecret: canary('connection-secret'),
    idempotency: canary('idempotency'),
    header: canary('header'),
  }
}
