import { Environment, type ASTNode, type ParseResult } from '@marcbachmann/cel-js'

/** What a condition may see of a field. */
export type VarType = 'string' | 'double' | 'bool'
export type VarTypes = Record<string, VarType>
/** Small values that conditions read; documents never stand here. */
export type CaseValues = Record<string, string | number | boolean | null>

const maxExpressionLength = 500
const limits = { maxAstNodes: 200, maxDepth: 20, maxListElements: 50, maxMapEntries: 0, maxCallArguments: 4 }

/** `matches` can hang on its pattern, and macros multiply work: neither is on the list. */
const allowedCalls = new Set(['size', 'startsWith', 'endsWith', 'contains', 'lowerAscii', 'trim'])

export type Compiled = { ok: true; variables: string[] } | { ok: false; message: string }
export type Evaluated = { ok: true; value: boolean } | { ok: false; message: string }

/**
 * Whether a condition is one we run: short, only allowed functions, only declared variables, and of type bool.
 * `given.<field>` says whether a field is known.
 */
export function checkExpression(source: string, vars: VarTypes): Compiled {
  return conditionChecker(vars)(source)
}

/** The same check for many conditions over the same fields. */
export function conditionChecker(vars: VarTypes): (source: string) => Compiled {
  const read = readerFor(vars)
  return (source) => {
    const found = read(source)
    if (!found.ok) return found
    return { ok: true, variables: [...variablesOf(found.run.ast)].toSorted() }
  }
}

/** Runs a condition on the values of a case. A missing value is an error, never a silent no. */
export function evaluateExpression(source: string, vars: VarTypes, values: CaseValues): Evaluated {
  const found = readerFor(vars)(source)
  if (!found.ok) return found
  try {
    const known = Object.entries(vars).filter(([name]) => values[name] !== null && values[name] !== undefined)
    const context: Record<string, unknown> = Object.fromEntries(known.map(([name]) => [name, values[name]]))
    const names = new Set(known.map(([name]) => name))
    context['given'] = Object.fromEntries(Object.keys(vars).map((name) => [name, names.has(name)]))
    const value: unknown = found.run(context)
    if (typeof value !== 'boolean') return { ok: false, message: 'gave neither yes nor no' }
    return { ok: true, value }
  } catch (error) {
    const message = firstLine(error)
    const unknown = /^Unknown variable: (\w+)/.exec(message)?.[1]
    return { ok: false, message: unknown === undefined ? message : `${unknown} is not known in this case` }
  }
}

type Reading = { ok: true; run: ParseResult } | { ok: false; message: string }

function readerFor(vars: VarTypes): (source: string) => Reading {
  const environment = environmentFor(vars)
  return (source) => {
    if (source.length > maxExpressionLength) {
      return { ok: false, message: `is longer than ${maxExpressionLength} characters` }
    }
    try {
      const run = environment.parse(source)
      const refused = refusedCall(run.ast)
      if (refused !== null) return { ok: false, message: `uses ${refused}, which is not allowed` }
      const checked = run.check()
      if (!checked.valid) return { ok: false, message: firstLine(checked.error) }
      if (checked.type !== 'bool') {
        return { ok: false, message: `gives ${checked.type ?? 'nothing'}, not yes or no` }
      }
      return { ok: true, run }
    } catch (error) {
      return { ok: false, message: firstLine(error) }
    }
  }
}

function environmentFor(vars: VarTypes): Environment {
  const env = new Environment({ unlistedVariablesAreDyn: false, limits })
  const names = Object.keys(vars)
  for (const name of names) env.registerVariable(name, vars[name] ?? 'string')
  // Whole numbers in a condition are written as people write them: 5000, not 5000.0.
  env.registerOperator('double == int', (a: number, b: bigint) => a === Number(b))
  env.registerOperator('double + int: double', (a: number, b: bigint) => a + Number(b))
  env.registerOperator('double - int: double', (a: number, b: bigint) => a - Number(b))
  env.registerOperator('double * int: double', (a: number, b: bigint) => a * Number(b))
  env.registerOperator('double / int: double', (a: number, b: bigint) => a / Number(b))
  if (names.length > 0) {
    env.registerVariable({ name: 'given', schema: Object.fromEntries(names.map((name) => [name, 'bool'])) })
  }
  return env
}

function isNode(value: unknown): value is ASTNode {
  return typeof value === 'object' && value !== null && 'op' in value && 'args' in value
}

function childrenOf(node: ASTNode): ASTNode[] {
  const flat: unknown[] = Array.isArray(node.args) ? node.args.flat(2) : [node.args]
  return flat.filter(isNode)
}

function refusedCall(node: ASTNode): string | null {
  if ((node.op === 'call' || node.op === 'rcall') && !allowedCalls.has(node.args[0]))
    return `${node.args[0]}()`
  for (const child of childrenOf(node)) {
    const refused = refusedCall(child)
    if (refused !== null) return refused
  }
  return null
}

function variablesOf(node: ASTNode, found: Set<string> = new Set()): Set<string> {
  if (node.op === '.' && isNode(node.args[0]) && node.args[0].op === 'id' && node.args[0].args === 'given') {
    found.add(node.args[1])
    return found
  }
  if (node.op === 'id') found.add(node.args)
  for (const child of childrenOf(node)) variablesOf(child, found)
  return found
}

function firstLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error)
  return text.split('\n')[0] ?? 'cannot be read'
}
