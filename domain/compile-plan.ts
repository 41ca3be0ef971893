import { canonicalJson } from './canonical-json.ts'
import { conditionChecker, type VarType, type VarTypes } from './expressions.ts'
import { dispatch, outputsOf, sendBackTargetOf } from './graph.ts'
import { currentSemantics, type CasePlan, type PlanStep, type SubPlan } from './plan.ts'
import type { FieldType, ProcessMap, Step, StepHandlers } from './process-map.ts'
import { regionsOf, type Region } from './regions.ts'

const varTypes: Record<FieldType, VarType> = {
  text: 'string',
  'long-text': 'string',
  choice: 'string',
  date: 'string',
  number: 'double',
  'yes-no': 'bool',
  list: 'string',
}

/** The types that conditions of this map may use. */
export function varTypesOf(map: ProcessMap): VarTypes {
  return Object.fromEntries(map.fields.map((field) => [field.name, varTypes[field.type]]))
}

/** A published map that others may contain. */
export type PublishedMap = { map: ProcessMap; plan: CasePlan }
/** Finds a published version of another process; null when there is none. */
export type FindPublished = (processId: string, version: number) => PublishedMap | null

/** For maps that contain no others. */
export const noOthers: FindPublished = () => null

export type Compilation = {
  mapId: string
  version: number
  /** Gives a hex digest. */
  sha256: (text: string) => string
  find?: FindPublished
}

/** Compiles a map that `checkMap` found without fault. */
export function compilePlan(
  map: ProcessMap,
  { mapId, version, sha256, find = noOthers }: Compilation,
): CasePlan {
  const used = new Set<string>()
  const types = varTypesOf(map)
  const check = conditionChecker(types)
  for (const link of map.links) {
    if (link.on !== 'when') continue
    const checked = check(link.condition)
    if (!checked.ok) throw new Error(`condition of ${link.from} was not checked: ${checked.message}`)
    for (const name of checked.variables) used.add(name)
  }
  // What a contained map decides on has to be handed in by value, and what this one decides on, handed back.
  for (const step of map.steps) {
    if (step.kind !== 'sub-process') continue
    const inner = find(step.processId, step.version)?.plan.vars ?? {}
    for (const { from, to } of step.gives) if (to in inner) used.add(from)
  }
  const regions = regionsOf(map)
  const undo = map.links.filter((link) => link.on === 'undo')
  const subs = subPlansOf(map, find, used)
  const body = {
    ir: 1 as const,
    semantics: currentSemantics,
    mapId,
    version,
    start: map.start,
    steps: Object.fromEntries(map.steps.map((step) => [step.id, compileStep(map, step, regions)])),
    vars: Object.fromEntries(Object.entries(types).filter(([name]) => used.has(name))),
    ...(undo.length === 0 ? {} : { undo: Object.fromEntries(undo.map(({ from, to }) => [from, to])) }),
    ...(Object.keys(subs).length === 0 ? {} : { subs }),
  }
  return { ...body, hash: sha256(canonicalJson(body)) }
}

/** The key of a contained map among the plan's `subs`. */
export function subKey({ processId, version }: { processId: string; version: number }): string {
  return `${processId}@${version}`
}

function subPlansOf(
  map: ProcessMap,
  find: FindPublished,
  used: ReadonlySet<string>,
): Record<string, SubPlan> {
  const subs: Record<string, SubPlan> = {}
  for (const step of map.steps) {
    if (step.kind !== 'sub-process') continue
    const found = find(step.processId, step.version)
    if (found === null) throw new Error(`"${step.id}" was not checked: ${subKey(step)} is not published`)
    const { ir: _, semantics: __, subs: inner = {}, ...plan } = found.plan
    const types = varTypesOf(found.map)
    const wanted = step.takes.filter(({ to }) => used.has(to)).map(({ from }) => from)
    const vars = Object.fromEntries(Object.entries(types).filter(([name]) => wanted.includes(name)))
    const before = subs[subKey(step)]?.vars
    Object.assign(subs, inner, { [subKey(step)]: { ...plan, vars: { ...plan.vars, ...before, ...vars } } })
  }
  return subs
}

function compileStep(map: ProcessMap, step: Step, regions: Region[]): PlanStep {
  const out = map.links.filter((link) => link.from === step.id)
  const base = {
    title: step.title,
    lane: step.lane,
    next: out.find((link) => link.on === 'next')?.to ?? null,
    inputs: step.inputs,
    maxVisits: step.maxVisits,
    onError: out.flatMap((link) => (link.on === 'exception' ? [{ cause: link.cause, to: link.to }] : [])),
  }
  const compilers: StepHandlers<PlanStep> = {
    ai: (ai) => ({
      ...base,
      kind: 'ai',
      outputs: ai.outputs,
      attempts: ai.retry.attempts,
      firstPauseMs: ai.retry.firstPauseSeconds * 1000,
      timeoutMs: ai.deadlineSeconds * 1000,
    }),
    manual: (manual) => ({ ...base, kind: 'manual', outputs: manual.outputs, sla: manual.sla !== null }),
    review: (review) => ({
      ...base,
      kind: 'review',
      outputs: draftedBy(map, review.reviews),
      reviews: review.reviews,
      sendBackTo: sendBackTargetOf(map, review),
      need: review.need,
      fourEyes: review.fourEyes,
      reasons: review.sendBackReasons,
      sla: review.sla !== null,
    }),
    decision: () => ({
      ...base,
      kind: 'decision',
      outputs: [],
      rules: out.flatMap((link) =>
        link.on === 'when' ? [{ when: link.condition, to: link.to, label: link.label }] : [],
      ),
      otherwise: out.find((link) => link.on === 'otherwise')?.to ?? '',
    }),
    fork: () => ({
      ...base,
      kind: 'fork',
      outputs: [],
      branches: out.flatMap((link) => (link.on === 'branch' ? [{ to: link.to, label: link.label }] : [])),
      join: joinOf(regions, step),
    }),
    join: (join) => ({ ...base, kind: 'join', outputs: [], waitsFor: join.waitsFor }),
    'for-each': (forEach) => ({
      ...base,
      kind: 'for-each',
      inputs: [...new Set([...forEach.inputs, forEach.list])],
      outputs: outputsOf(forEach),
      list: forEach.list,
      item: forEach.item,
      each: out.find((link) => link.on === 'each')?.to ?? '',
      join: joinOf(regions, step),
      maxItems: forEach.maxItems,
      maxParallel: forEach.maxParallel,
      whenItemFails: forEach.whenItemFails,
      gather: forEach.gather,
      doneCount: forEach.doneCount,
      failedCount: forEach.failedCount,
    }),
    wait: (wait) => ({
      ...base,
      kind: 'wait',
      inputs: [
        ...new Set([...wait.inputs, ...(wait.waitsFor.until === 'date' ? [wait.waitsFor.field] : [])]),
      ],
      outputs: wait.outputs,
      message: wait.waitsFor.until === 'message' ? wait.waitsFor.message : null,
    }),
    call: (call) => ({
      ...base,
      kind: 'call',
      outputs: call.outputs,
      attempts: call.retry.attempts,
      firstPauseMs: call.retry.firstPauseSeconds * 1000,
      timeoutMs: call.deadlineSeconds * 1000,
      repeatable: call.repeatable,
    }),
    'sub-process': (sub) => ({
      ...base,
      kind: 'sub-process',
      outputs: sub.outputs,
      gives: sub.gives,
      takes: sub.takes,
      sub: subKey(sub),
    }),
    end: (end) => ({ ...base, kind: 'end', outputs: [], outcome: end.outcome }),
  }
  return dispatch(step, compilers)
}

function joinOf(regions: Region[], opener: Step): string {
  const join = regions.find((region) => region.opener === opener.id)?.join
  if (join == null) throw new Error(`"${opener.id}" was not checked: no join closes it`)
  return join
}

function draftedBy(map: ProcessMap, stepId: string): string[] {
  const step = map.steps.find((candidate) => candidate.id === stepId)
  return step !== undefined && (step.kind === 'ai' || step.kind === 'manual') ? step.outputs : []
}
