import fc from 'fast-check'
import type { Link, ProcessMap, Step } from '#domain/process-map.ts'
import { ai, aMap, decision, end, manual, next, review } from '#test/support/maps.ts'

type Block = {
  kind: 'drafted' | 'assisted' | 'manual' | 'rule'
  maxVisits: number
  need: number
  fourEyes: boolean
  /** Which blocks an exception and a send-back lead to, as shares of the way. */
  exception: { cause: string; to: number } | null
  sendBack: number | null
  jump: number
}

const block: fc.Arbitrary<Block> = fc.record({
  kind: fc.constantFrom('drafted', 'assisted', 'manual', 'rule'),
  maxVisits: fc.integer({ min: 1, max: 3 }),
  need: fc.integer({ min: 1, max: 2 }),
  fourEyes: fc.boolean(),
  exception: fc.option(
    fc.record({
      cause: fc.constantFrom(
        'any',
        'ai-invalid',
        'sla-breached',
        'loop-limit',
        'business:lost',
        'expression',
      ),
      to: fc.nat(9),
    }),
  ),
  sendBack: fc.option(fc.nat(9)),
  jump: fc.nat(9),
})

/** Maps that can be published: drafts that are read, manual steps, rules, branches, loops. */
export const anyMap: fc.Arbitrary<ProcessMap> = fc.array(block, { minLength: 1, maxLength: 6 }).map(mapOf)

function mapOf(blocks: Block[]): ProcessMap {
  const entries = [...blocks.map((_, index) => `b${index}`), 'done']
  const entryAt = (share: number): string => entries[share % entries.length] ?? 'done'
  const earlier = (share: number, index: number): string => entries[share % (index + 1)] ?? 'b0'
  const steps: Step[] = []
  const links: Link[] = []
  blocks.forEach((each, index) => {
    const id = `b${index}`
    const after = entries[index + 1] ?? 'done'
    const { maxVisits } = each
    if (each.kind === 'rule') {
      steps.push(decision(id, { maxVisits }))
      links.push({ on: 'otherwise', from: id, to: after, label: 'Otherwise' })
      links.push({
        on: 'when',
        from: id,
        to: entryAt(index + 1 + each.jump),
        label: 'Urgent',
        condition: 'urgent',
      })
    } else if (each.kind === 'manual') {
      steps.push(manual(id, { maxVisits, outputs: ['urgent', 'amount'] }))
      links.push(next(id, after))
    } else {
      const gate = `${id}-gate`
      steps.push(ai(id, { maxVisits, outputs: ['summary', 'urgent', 'amount'] }))
      steps.push(
        each.kind === 'drafted'
          ? review(gate, id, { maxVisits: maxVisits + 2, need: each.need, fourEyes: each.fourEyes })
          : manual(gate, { maxVisits: maxVisits + 2 }),
      )
      links.push(next(id, gate), next(gate, after))
      if (each.kind === 'drafted' && each.sendBack !== null) {
        links.push({ on: 'send-back', from: gate, to: earlier(each.sendBack, index) })
      }
    }
    if (each.exception !== null) {
      links.push({ on: 'exception', from: id, to: entryAt(each.exception.to), cause: each.exception.cause })
    }
  })
  return aMap([...steps, end()], { start: 'b0', links })
}
