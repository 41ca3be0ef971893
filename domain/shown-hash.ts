import { canonicalJson } from './canonical-json.ts'
import type { FieldRefs, OpenTask, SendBackNote, StepFailure } from './case-messages.ts'

/** What a person is shown with a task, by reference. */
export type Shown = {
  inputs: FieldRefs
  written: FieldRefs
  sendBack: SendBackNote | null
  failure: StepFailure | null
}

/**
 * A short fingerprint of everything that a task displays, so that nobody decides on something else than they
 * read. It guards against staleness, not against an attacker: the sandbox has no crypto.
 */
export function shownHashOf(
  { stepId, visit, kind }: Pick<OpenTask, 'stepId' | 'visit' | 'kind'>,
  { inputs, written, sendBack, failure }: Shown,
): string {
  const text = canonicalJson({
    stepId,
    visit,
    kind,
    inputs: hashesOf(inputs),
    written: hashesOf(written),
    sendBack: sendBack === null ? null : { ...sendBack, draft: sendBack.draft?.sha256 ?? null },
    failure: failure === null ? null : { ...failure, raw: failure.raw?.sha256 ?? null },
  })
  return [0x811c9dc5, 0x9e3779b9, 0x85ebca6b, 0xc2b2ae35].map((seed) => fnv1a(text, seed)).join('')
}

/** The same once a draft has written some of the fields; `reads` and `writes` are all that the task displays. */
export function withDraft(
  shown: Shown,
  { reads, writes }: { reads: readonly string[]; writes: readonly string[] },
  drafted: FieldRefs,
): Shown {
  const fresh = (names: readonly string[]): FieldRefs =>
    Object.fromEntries(Object.entries(drafted).filter(([name]) => names.includes(name)))
  return {
    ...shown,
    inputs: { ...shown.inputs, ...fresh(reads) },
    written: { ...shown.written, ...fresh(writes) },
  }
}

function hashesOf(refs: FieldRefs): Record<string, string> {
  return Object.fromEntries(
    Object.entries(refs).map(([name, { sha256, at }]) => [
      name,
      at === undefined ? sha256 : `${sha256}/${at}`,
    ]),
  )
}

function fnv1a(text: string, seed: number): string {
  let hash = seed
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193)
    hash ^= hash >>> 13
  }
  return (hash >>> 0).toString(16).padStart(8, '0')
}
