import { conditionChecker } from './expressions.ts'
import { checkKind, checkSize } from './check-kinds.ts'
import { checkRegions } from './check-regions.ts'
import { noOthers, varTypesOf, type FindPublished } from './compile-plan.ts'
import {
  canFinish,
  indexMap,
  linksFrom,
  outputsOf,
  reachableFrom,
  sendBackTargetOf,
  sourcesByTarget,
  undoSteps,
  waysOutOf,
  type MapIndex,
} from './graph.ts'
import { fault, fieldOf, repeated, undeclared, type At, type Report } from './map-faults.ts'
import type { MapProblem } from './problems.ts'
import type { Field, FieldType, FieldValue, ProcessMap, Step, StepId, StepOf } from './process-map.ts'

/** Whoever mends so many faults checks again anyway. */
export const faultsTold = 200

/**
 * The structural faults of a map, each with its step and the mend. An empty list means it can be published.
 * `find` looks up the published maps that this one contains.
 */
export function checkMap(map: ProcessMap, find: FindPublished = noOthers): MapProblem[] {
  const problems: MapProblem[] = []
  const report: Report = (problem) => {
    if (problems.length < faultsTold) problems.push(problem)
  }
  const index = indexMap(map)
  checkNames(map, report)
  checkIntake(index, report)
  checkLinks(index, report)
  checkConditions(index, report)
  checkReach(index, report)
  checkRegions(index, report)
  map.steps.forEach((step, place) => {
    const look = { index, step, at: `steps[${place}]`, report }
    checkStep(look)
    checkKind(look, find)
  })
  checkAuthority(index, report)
  checkSize(map, find, report)
  return problems
}

function checkNames(map: ProcessMap, report: Report): void {
  for (const id of repeated(map.steps.map((step) => step.id))) {
    report(fault('StepIdTwice', id, `steps`, `Two steps have the id "${id}"`, 'Give each step its own id'))
  }
  for (const { id } of map.steps.filter((step) => isTaken(step.id))) {
    report(fault('StepIdTaken', id, 'steps', `A step cannot have the id "${id}"`, 'Choose another id'))
  }
  for (const name of repeated(map.fields.map((field) => field.name))) {
    report(
      fault('FieldTwice', null, `fields`, `Two fields are named "${name}"`, 'Give each field its own name'),
    )
  }
  for (const id of repeated(map.exceptions.map((lane) => lane.id))) {
    report(
      fault(
        'ExceptionTwice',
        null,
        `exceptions`,
        `Two exceptions have the id "${id}"`,
        'Give each its own id',
      ),
    )
  }
  map.fields.forEach((field, place) => {
    const at = `fields[${place}]`
    if (field.name === 'given' || isTaken(field.name)) {
      report(
        fault('FieldNameTaken', null, at, `A field cannot be named "${field.name}"`, 'Choose another name'),
      )
    }
    if (field.type === 'choice' && field.choices.length < 2) {
      report(
        fault(
          'ChoicesMissing',
          null,
          at,
          `"${field.label}" is a choice without choices`,
          'List at least two',
        ),
      )
    }
    if (field.type !== 'choice' && field.choices.length > 0) {
      report(
        fault(
          'ChoicesUnused',
          null,
          at,
          `"${field.label}" lists choices but is no choice`,
          'Make it a choice',
        ),
      )
    }
  })
}

/** Names that every object has already: a record kept by such a name would find something else. */
function isTaken(name: string): boolean {
  return name in Object.prototype
}

function checkIntake(index: MapIndex, report: Report): void {
  const { map } = index
  map.intake.forEach((item, place) => {
    if (fieldOf(index, item.field) === null) report(undeclared(item.field, null, `intake[${place}]`))
  })
  for (const name of repeated(map.intake.map((item) => item.field))) {
    report(fault('IntakeTwice', null, 'intake', `"${name}" is asked for twice`, 'Ask once'))
  }
  const title = map.intake.find((item) => item.field === map.titleField)
  const type = fieldOf(index, map.titleField)?.type
  if (title === undefined || !title.required || (type !== 'text' && type !== 'choice')) {
    report(
      fault(
        'TitleMissing',
        null,
        'titleField',
        'The title field must be a required text of the intake',
        'Choose a required intake field of type text',
      ),
    )
  }
}

function checkLinks(index: MapIndex, report: Report): void {
  const { map } = index
  map.links.forEach((link, place) => {
    const at = `links[${place}]`
    const from = index.steps.get(link.from)
    if (from === undefined) {
      report(
        fault(
          'LinkDangles',
          null,
          at,
          `A link begins at "${link.from}", which is no step`,
          'Remove the link',
        ),
      )
      return
    }
    if (!index.steps.has(link.to)) {
      report(
        fault(
          'LinkDangles',
          from.id,
          at,
          `"${from.title}" leads to "${link.to}", which is no step`,
          'Lead it to a step of this map',
        ),
      )
    }
    if (!waysOutOf(from).may.includes(link.on)) {
      report(
        fault(
          'LinkNotAllowed',
          from.id,
          at,
          `"${from.title}" cannot have a "${link.on}" link`,
          `Use ${waysOutOf(from).may.join(' or ') || 'no link'}`,
        ),
      )
    }
  })
  const undoing = undoSteps(map)
  for (const step of map.steps) {
    const out = linksFrom(index, step.id)
    for (const on of undoing.has(step.id) ? [] : waysOutOf(step).must) {
      const count = out.filter((link) => link.on === on).length
      if (count === 0 && on === 'otherwise') {
        report(
          fault(
            'DefaultMissing',
            step.id,
            'links',
            `"${step.title}" does not say what happens when no condition holds`,
            'Add the "otherwise" way',
          ),
        )
      } else if (count === 0) {
        report(
          fault('NoWayOut', step.id, 'links', `"${step.title}" leads nowhere`, 'Say which step comes next'),
        )
      }
    }
    for (const on of ['next', 'otherwise', 'send-back', 'each', 'undo'] as const) {
      if (out.filter((link) => link.on === on).length > 1) {
        report(fault('WayTwice', step.id, 'links', `"${step.title}" has two "${on}" ways`, 'Keep one'))
      }
    }
    for (const cause of repeated(out.flatMap((link) => (link.on === 'exception' ? [link.cause] : [])))) {
      report(
        fault('CauseTwice', step.id, 'links', `"${step.title}" handles "${cause}" twice`, 'Keep one branch'),
      )
    }
  }
}

function checkConditions(index: MapIndex, report: Report): void {
  const { map } = index
  const check = conditionChecker(varTypesOf(map))
  map.links.forEach((link, place) => {
    if (link.on !== 'when') return
    const at = `links[${place}].condition`
    const checked = check(link.condition)
    if (!checked.ok) {
      report(
        fault(
          'ConditionWrong',
          link.from,
          at,
          `The condition "${link.condition}" ${checked.message}`,
          'Compare declared fields, for example: fee > 5000 && papersComplete',
        ),
      )
      return
    }
    for (const name of checked.variables) {
      const field = fieldOf(index, name)
      if (field?.type === 'long-text' || field?.type === 'list') {
        report(
          fault('ConditionOnLongText', link.from, at, `"${name}" is a long text`, 'Decide on a short field'),
        )
      }
      if (field !== null && (field.sensitivity === 'personal' || field.sensitivity === 'sensitive')) {
        report(
          fault(
            'ConditionOnPersonal',
            link.from,
            at,
            `"${name}" is ${field.sensitivity}; what conditions read is kept in the history`,
            'Decide on a yes/no field made from it',
          ),
        )
      }
    }
  })
}

function checkReach(index: MapIndex, report: Report): void {
  const { map } = index
  if (!index.steps.has(map.start)) {
    report(
      fault('StartMissing', null, 'start', `The start "${map.start}" is no step`, 'Choose the first step'),
    )
    return
  }
  const reached = reachableFrom(index, map.start)
  const finishes = canFinish(map)
  const undoing = undoSteps(map)
  for (const step of map.steps) {
    if (undoing.has(step.id)) {
      checkUndoStep(index, step, reached, report)
    } else if (!reached.has(step.id)) {
      report(
        fault(
          'Unreachable',
          step.id,
          'links',
          `No case can reach "${step.title}"`,
          'Lead a step to it, or remove it',
        ),
      )
    } else if (!finishes.has(step.id)) {
      report(
        fault(
          'Endless',
          step.id,
          'links',
          `From "${step.title}" no case can reach an end`,
          'Add a way that leads to an end',
        ),
      )
    }
  }
  if (!map.steps.some((step) => step.kind === 'end')) {
    report(fault('EndMissing', null, 'steps', 'The map has no end', 'Add an end step'))
  }
}

/** What undoes a step stands apart: a case comes there only when it is stopped. */
function checkUndoStep(index: MapIndex, step: Step, reached: ReadonlySet<string>, report: Report): void {
  if (step.kind !== 'manual' && step.kind !== 'call') {
    report(
      fault(
        'UndoKindWrong',
        step.id,
        'steps',
        `"${step.title}" cannot undo anything`,
        'Let a person or a call to another system undo it',
      ),
    )
  }
  if (reached.has(step.id) || linksFrom(index, step.id).length > 0) {
    report(
      fault(
        'UndoOnTheWay',
        step.id,
        'links',
        `"${step.title}" undoes a step and is part of the way as well`,
        'Remove its other links, or use a step of its own for undoing',
      ),
    )
  }
}

function checkStep({ index, step, at, report }: At<Step>): void {
  if (step.lane !== null && !index.map.exceptions.some((lane) => lane.id === step.lane)) {
    report(
      fault(
        'LaneMissing',
        step.id,
        `${at}.lane`,
        `"${step.lane}" is no exception of this map`,
        'Declare the exception',
      ),
    )
  }
  for (const name of step.inputs) {
    if (fieldOf(index, name) === null) report(undeclared(name, step.id, `${at}.inputs`))
  }
  for (const name of outputsOf(step)) {
    if (fieldOf(index, name) === null) report(undeclared(name, step.id, `${at}.outputs`))
  }
  if (step.kind === 'ai' || step.kind === 'call') checkGuide({ index, step, at, report })
  if (step.kind === 'ai') checkAi({ index, step, at, report })
  if (step.kind === 'review') checkReview({ index, step, at, report })
}

/** What AI or another system does, a person must be able to do instead. */
function checkGuide({ step, at, report }: At<Step>): void {
  if (step.guidance.lines.length > 0) return
  report(
    fault(
      'GuideMissing',
      step.id,
      `${at}.guidance`,
      `Nobody could do "${step.title}" by hand`,
      'Write at least one line on how a person does it',
    ),
  )
}

function checkAi({ index, step, at, report }: At<StepOf<'ai'>>): void {
  for (const name of step.inputs) {
    if (fieldOf(index, name)?.sensitivity === 'sensitive') {
      report(
        fault(
          'SensitiveInput',
          step.id,
          `${at}.inputs`,
          `"${name}" is sensitive and is never sent to a model`,
          'Remove it',
        ),
      )
    }
  }
  step.examples.forEach((example, place) => {
    const where = `${at}.examples[${place}]`
    for (const [name, value] of Object.entries(example.output)) {
      const field = fieldOf(index, name)
      if (!step.outputs.includes(name) || field === null) {
        report(
          fault(
            'ExampleWrong',
            step.id,
            where,
            `An example gives "${name}", which the step does not`,
            'Remove it',
          ),
        )
      } else if (!fits(field, value)) {
        report(
          fault(
            'ExampleWrong',
            step.id,
            where,
            `"${name}" of an example is no ${field.type}`,
            'Mend the value',
          ),
        )
      }
    }
    for (const name of step.outputs) {
      if (example.output[name] === undefined) {
        report(fault('ExampleWrong', step.id, where, `An example leaves out "${name}"`, 'Give it, or null'))
      }
    }
    for (const name of Object.keys(example.input)) {
      if (!step.inputs.includes(name)) {
        report(
          fault(
            'ExampleWrong',
            step.id,
            where,
            `An example reads "${name}", which the step does not`,
            'Remove it',
          ),
        )
      }
    }
  })
}

function checkReview({ index, step, at, report }: At<StepOf<'review'>>): void {
  const drafted = index.steps.get(step.reviews)
  if (drafted === undefined || (drafted.kind !== 'ai' && drafted.kind !== 'manual')) {
    report(
      fault(
        'NothingToReview',
        step.id,
        `${at}.reviews`,
        `"${step.title}" reviews "${step.reviews}", which drafts nothing`,
        'Name an AI step or a manual step',
      ),
    )
  }
  const target = index.steps.get(sendBackTargetOf({ links: linksFrom(index, step.id) }, step))
  if (target?.kind === 'end') {
    report(
      fault(
        'SendBackToEnd',
        step.id,
        'links',
        `"${step.title}" sends back to an end`,
        'Send back to a working step',
      ),
    )
  }
}

/** Whatever AI drafts must be read before a case ends, asks another system or goes into another process. */
function checkAuthority(index: MapIndex, report: Report): void {
  const leak = unreadWaysOut(index)
  for (const step of index.map.steps) {
    if (step.kind !== 'ai') continue
    const way = linksFrom(index, step.id).find((link) => link.on === 'next' && leak.has(link.to))
    if (way === undefined) continue
    report(
      fault(
        'ReviewerMissing',
        step.id,
        'links',
        `What AI drafts in "${step.title}" can leave at "${leak.get(way.to)}" without a person reading it`,
        'Put a review after it, on every way out',
      ),
    )
  }
}

/** Steps from which a case can come to an end, a call or another process past no person, and to which. */
function unreadWaysOut({ map, steps }: MapIndex): Map<StepId, StepId> {
  const into = sourcesByTarget(map.links.filter(({ on }) => on !== 'undo'))
  const leaving = map.steps.filter(({ kind }) => kind === 'end' || kind === 'call' || kind === 'sub-process')
  const leak = new Map<StepId, StepId>()
  let open = leaving.map(({ id }) => ({ id, at: id }))
  while (open.length > 0) {
    const nearer = open.filter(({ id }) => {
      const kind = steps.get(id)?.kind
      return kind !== undefined && kind !== 'review' && kind !== 'manual' && !leak.has(id)
    })
    for (const { id, at } of nearer) leak.set(id, at)
    open = nearer.flatMap(({ id, at }) => (into.get(id) ?? []).map((from) => ({ id: from, at })))
  }
  return leak
}

/** Whether a value may stand in a field; null is always allowed here. */
export function fits(field: Field, value: FieldValue): boolean {
  if (value === null) return true
  const checks: Record<FieldType, boolean> = {
    text: typeof value === 'string',
    'long-text': typeof value === 'string',
    date: typeof value === 'string' && /^\d{4}-\d{2}-\d{2}$/.test(value) && !Number.isNaN(Date.parse(value)),
    choice: typeof value === 'string' && field.choices.includes(value),
    number: typeof value === 'number' && Number.isFinite(value),
    'yes-no': typeof value === 'boolean',
    list: typeof value === 'string',
  }
  return checks[field.type]
}
