import { z } from 'zod'
import { canonicalJson } from '#domain/canonical-json.ts'
import type { Problem } from '#domain/problems.ts'
import { FieldValues, ProcessMap, type Example, type FieldValue, type StepOf } from '#domain/process-map.ts'
import { addAudit } from './audit.ts'
import { inTransaction, json, maybeRow, rows, run, sql, type Db } from './db.ts'

const mostExamples = 12

const DecisionRow = z.object({
  action: z.string(),
  undone: z.boolean(),
  document_id: z.string().nullable(),
  process_id: z.string(),
  map_id: z.string(),
  step_id: z.string(),
  inputs: z.record(z.string(), z.object({ id: z.string() })),
  map: ProcessMap,
  draft: ProcessMap.nullable(),
})

/**
 * Puts a corrected draft into the examples of its AI step, in the draft map: it is used from the next published
 * version on. The oldest correction makes room when there are too many.
 */
export async function addExample(
  db: Db,
  decisionId: string,
  by: string,
): Promise<{ processId: string } | Problem> {
  return inTransaction(db, async (tx) => {
    const decision = await maybeRow(
      tx,
      DecisionRow,
      sql`select d.action, d.undone_at is not null as undone, d.document_id, t.process_id,
          coalesce(t.map_id, t.process_id) as map_id, t.step_id, t.inputs,
          v.map, r.draft
        from decision d join task t on t.id = d.task_id join case_run c on c.id = t.case_id
          join process r on r.id = t.process_id
          join map_version v on v.process_id = coalesce(t.map_id, t.process_id)
            and v.version = coalesce(t.map_version, c.map_version)
        where d.decision_id = ${decisionId} for update of r`,
    )
    if (decision === null) return inUse('This decision has not been counted yet.')
    if (decision.map_id !== decision.process_id) {
      return inUse(
        'This step belongs to a process that is contained in this one: its examples are kept there.',
      )
    }
    const { document_id: documentId, draft } = decision
    if (decision.undone || decision.action !== 'edit' || documentId === null) {
      return inUse('Only a draft that was corrected can become an example.')
    }
    const review = decision.map.steps.find((step) => step.id === decision.step_id)
    const drafterId = review?.kind === 'review' ? review.reviews : null
    const step = draft?.steps.find((candidate) => candidate.id === drafterId)
    if (draft === null || step?.kind !== 'ai') {
      return inUse('The step that drafted this is no AI step of the map any more.')
    }
    const example = await exampleOf(tx, { step, documentId, inputs: decision.inputs })
    if (example === null) return inUse('The corrected text is not kept any more.')
    if (step.examples.some((known) => canonicalJson(known.output) === canonicalJson(example.output))) {
      return { processId: decision.process_id }
    }
    const changed: ProcessMap = {
      ...draft,
      steps: draft.steps.map((other) =>
        other.id === step.id ? { ...step, examples: withRoom([...step.examples, example]) } : other,
      ),
    }
    await run(
      tx,
      sql`update process set draft = ${json(changed)}, revision = revision + 1 where id = ${decision.process_id}`,
    )
    await addAudit(tx, {
      actor: by,
      action: 'add-example',
      object: { kind: 'decision', id: decisionId },
      processId: decision.process_id,
      detail: { stepId: step.id },
    })
    return { processId: decision.process_id }
  })
}

async function exampleOf(
  tx: Db,
  from: { step: StepOf<'ai'>; documentId: string; inputs: Record<string, { id: string }> },
): Promise<Example | null> {
  const ids = [from.documentId, ...Object.values(from.inputs).map((ref) => ref.id)]
  const found = await rows(
    tx,
    z.object({ id: z.string(), body: FieldValues }),
    sql`select id, body from document where id = any(${ids})`,
  )
  const bodies = new Map(found.map((row) => [row.id, row.body]))
  const output = bodies.get(from.documentId)
  if (output === undefined) return null
  const valueOf = (name: string): FieldValue => {
    const ref = from.inputs[name]
    return ref === undefined ? null : (bodies.get(ref.id)?.[name] ?? null)
  }
  return {
    input: Object.fromEntries(from.step.inputs.map((name) => [name, valueOf(name)])),
    output: Object.fromEntries(from.step.outputs.map((name) => [name, output[name] ?? null])),
    from: 'correction',
  }
}

function withRoom(examples: Example[]): Example[] {
  if (examples.length <= mostExamples) return examples
  const oldest = examples.findIndex((example) => example.from === 'correction')
  return examples.filter((_, index) => index !== Math.max(0, oldest)).slice(-mostExamples)
}

function inUse(why: string): Problem {
  return { code: 'InUse', why }
}
