import type { FieldValues, ProcessMap, StepOf } from '#domain/process-map.ts'

/** Characters per token of English prose and JSON; small models cut a little finer than large ones. */
const charactersPerToken = 3.7

/** A cautious estimate of what a step's prompt costs: instruction, output fields, examples and this case. */
export function promptTokens(given: { map: ProcessMap; step: StepOf<'ai'>; values: FieldValues }): number {
  const { map, step, values } = given
  const outputs = map.fields.filter(({ name }) => step.outputs.includes(name))
  const input = Object.fromEntries(step.inputs.map((name) => [name, values[name] ?? null]))
  const parts = [
    step.instruction,
    ...outputs.map(({ name, label, hint, choices }) => [name, label, hint, ...choices].join(' ')),
    ...step.examples.map((example) => JSON.stringify([example.input, example.output])),
    JSON.stringify(input),
  ]
  return Math.ceil(parts.join('\n').length / charactersPerToken)
}
