import type { FieldValues, ProcessMap, StepOf } from '#domain/process-map.ts'

/** Measured on SmolLM2's tokens: words go by about four characters, digits one by one, each turn costs a few. */
const charactersPerToken = 3.8
const tokensPerTurn = 6

/** An estimate of what a step's prompt costs: instruction, examples and this case. */
export function promptTokens(given: { map: ProcessMap; step: StepOf<'ai'>; values: FieldValues }): number {
  const { step, values } = given
  const input = Object.fromEntries(step.inputs.map((name) => [name, values[name] ?? null]))
  const turns = [
    step.instruction,
    ...step.examples.flatMap((example) => [JSON.stringify(example.input), JSON.stringify(example.output)]),
    JSON.stringify(input),
  ]
  const text = turns.join('')
  const digits = text.replaceAll(/\D/g, '').length
  return Math.ceil((text.length - digits) / charactersPerToken) + digits + turns.length * tokensPerTurn
}
