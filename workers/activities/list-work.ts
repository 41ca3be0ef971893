import type { FieldRefs, ListToGather } from '#domain/case-messages.ts'
import { fieldProblems } from '#domain/case-values.ts'
import { entriesOf, listOf } from '#domain/list-entries.ts'
import type { DocRef } from '#domain/plan.ts'
import type { FieldValue, FieldValues } from '#domain/process-map.ts'
import type { CasePort } from '../ports.ts'
import { conditionValues, failed, newDocument, type Finished, type StepJobOf } from './step-job.ts'

type ListDeps = { port: Pick<CasePort, 'loadFields'> }

/** Cuts a list into its entries: one document, with entry n under `i<n>`. */
export async function splitWork({ port }: ListDeps, { request, step }: StepJobOf<'list'>): Promise<Finished> {
  const { [step.list]: list = null } = await port.loadFields(request.inputs)
  const entries = typeof list === 'string' ? entriesOf(list) : []
  if (entries.length > step.maxItems) {
    return failed(
      'data',
      `"${step.title}" takes up to ${step.maxItems} entries, and the list has ${entries.length}.`,
    )
  }
  const body = Object.fromEntries(entries.map((entry, index) => [`i${index}`, entry]))
  const document = newDocument('entries', body)
  return {
    kind: 'finished',
    result: { status: 'split', list: document.ref, items: entries.length },
    documents: [document],
    events: [],
  }
}

/** What the entries came to: each gathered field as a list in the order of the entries, and the counts. */
export async function gatherWork(
  { port }: ListDeps,
  { request, step, version }: StepJobOf<'list'>,
  { items }: ListToGather,
): Promise<Finished> {
  const refs: FieldRefs = Object.fromEntries(
    items.flatMap((item, index) =>
      item === null
        ? []
        : step.gather.flatMap(({ from }): [string, DocRef][] => {
            const ref = item[from]
            return ref === undefined ? [] : [[keyOf(index, from), { ...ref, at: ref.at ?? from }]]
          }),
    ),
  )
  const values = await port.loadFields(refs)
  const done = items.filter((item) => item !== null).length
  const body: FieldValues = Object.fromEntries([
    ...step.gather.map(({ from, into }) => [
      into,
      listOf(items.map((_, index) => textOf(values[keyOf(index, from)] ?? null))),
    ]),
    ...(step.doneCount === null ? [] : [[step.doneCount, done]]),
    ...(step.failedCount === null ? [] : [[step.failedCount, items.length - done]]),
  ])
  // Hundreds of long texts together can be more than a field holds.
  const [fault] = fieldProblems(version.map, { allowed: new Set(Object.keys(body)), values: body })
  if (fault !== undefined) {
    return failed(
      'data',
      `What "${step.title}" brings together does not fit: "${fault.field}" ${fault.message}.`,
    )
  }
  const document = newDocument('system', body)
  return {
    kind: 'finished',
    result: {
      status: 'done',
      output: document.ref,
      fields: Object.keys(body),
      values: conditionValues(body, request.conditionFields),
    },
    documents: [document],
    events: [],
  }
}

function keyOf(index: number, field: string): string {
  return `${index}.${field}`
}

/** What is absent leaves no line. */
function textOf(value: FieldValue): string {
  if (value === null) return ''
  return typeof value === 'boolean' ? (value ? 'yes' : 'no') : String(value)
}
