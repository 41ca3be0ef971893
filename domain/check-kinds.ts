import { noOthers, subKey, type FindPublished } from './compile-plan.ts'
import { dispatch, linksFrom } from './graph.ts'
import { fault, fieldOf, undeclared, type At, type Report } from './map-faults.ts'
import type { Field, FieldType, ProcessMap, Step, StepHandlers, StepOf } from './process-map.ts'

const maxSteps = 500

/** Faults of a list, a wait, a call or a contained map. */
export function checkKind({ index, step, at, report }: At<Step>, find: FindPublished = noOthers): void {
  const nothing = (): void => undefined
  const checks: StepHandlers<void> = {
    ai: nothing,
    manual: nothing,
    review: nothing,
    decision: nothing,
    fork: nothing,
    join: nothing,
    'for-each': (forEach) => checkForEach({ index, step: forEach, at, report }),
    wait: (wait) => checkWait({ index, step: wait, at, report }),
    call: (call) => checkCall({ index, step: call, at, report }),
    'sub-process': (sub) => checkSubProcess({ index, step: sub, at, report }, find),
    end: nothing,
  }
  dispatch(step, checks)
}

/** Contained maps count in full. */
export function checkSize(map: ProcessMap, find: FindPublished, report: Report): void {
  const subs = new Map<string, number>()
  for (const step of map.steps) {
    if (step.kind !== 'sub-process') continue
    const plan = find(step.processId, step.version)?.plan
    if (plan === undefined) continue
    subs.set(subKey(step), Object.keys(plan.steps).length)
    for (const [key, inner] of Object.entries(plan.subs ?? {})) subs.set(key, Object.keys(inner.steps).length)
  }
  const total = [...subs.values()].reduce((sum, steps) => sum + steps, map.steps.length)
  if (total <= maxSteps) return
  report(
    fault(
      'TooManySteps',
      null,
      'steps',
      `With the processes inside it the map has ${total} steps; ${maxSteps} are allowed`,
      'Start the larger ones as cases of their own',
    ),
  )
}

function checkForEach({ index, step, at, report }: At<StepOf<'for-each'>>): void {
  wantType({ index, step, at: `${at}.list`, report }, step.list, ['list'])
  wantType({ index, step, at: `${at}.item`, report }, step.item, ['text', 'long-text'])
  const readsItem = new RegExp(`\\b${step.item}\\b`)
  index.map.links.forEach((link, place) => {
    if (link.on !== 'when' || !readsItem.test(link.condition)) return
    report(
      fault(
        'ConditionOnItem',
        link.from,
        `links[${place}].condition`,
        `"${step.item}" is an entry of a list, which no condition can read`,
        'Let a step make a field from it, and decide on that',
      ),
    )
  })
  for (const name of [step.doneCount, step.failedCount]) {
    if (name !== null) wantType({ index, step, at, report }, name, ['number'])
  }
  for (const { from, into } of step.gather) {
    if (fieldOf(index, from) === null) report(undeclared(from, step.id, `${at}.gather`))
    wantType({ index, step, at: `${at}.gather`, report }, into, ['list'])
  }
}

function checkWait({ index, step, at, report }: At<StepOf<'wait'>>): void {
  const { waitsFor } = step
  switch (waitsFor.until) {
    case 'minutes':
    case 'working-minutes':
      break
    case 'date':
      wantType({ index, step, at: `${at}.waitsFor`, report }, waitsFor.field, ['date'])
      break
    case 'message': {
      wantType({ index, step, at: `${at}.waitsFor`, report }, waitsFor.key, ['text', 'choice', 'number'])
      const isAsked = index.map.intake.some((item) => item.field === waitsFor.key && item.required)
      if (fieldOf(index, waitsFor.key) !== null && !isAsked) {
        report(
          fault(
            'KeyNotAsked',
            step.id,
            `${at}.waitsFor`,
            `Messages for "${step.title}" are found by "${waitsFor.key}", which a case may begin without`,
            'Make it a required field of the intake',
          ),
        )
      }
      const hasWayOut = linksFrom(index, step.id).some(
        (link) => link.on === 'exception' && (link.cause === 'timed-out' || link.cause === 'any'),
      )
      if (!hasWayOut) {
        report(
          fault(
            'TimeoutMissing',
            step.id,
            'links',
            `"${step.title}" does not say what happens when no message comes`,
            'Add an exception branch for "timed-out"',
          ),
        )
      }
    }
  }
  if (waitsFor.until !== 'message' && step.outputs.length > 0) {
    report(
      fault(
        'NothingBrought',
        step.id,
        `${at}.outputs`,
        `"${step.title}" waits for an instant, which brings no fields`,
        'Remove the outputs',
      ),
    )
  }
}

function checkCall({ index, step, at, report }: At<StepOf<'call'>>): void {
  const placed = [...step.path.matchAll(/\{([^{}]*)\}/g)].map((match) => match[1] ?? '')
  if (/[{}]/.test(step.path.replaceAll(/\{[^{}]*\}/g, ''))) {
    report(fault('PathWrong', step.id, `${at}.path`, 'The path has a loose brace', 'Write fields as {name}'))
  }
  const [folders = ''] = step.path.split('?')
  if (folders.split('/').some((part) => part === '.' || part === '..')) {
    report(
      fault(
        'PathWrong',
        step.id,
        `${at}.path`,
        'The path climbs out of the address of the connection',
        'Leave out "." and ".." as parts of it',
      ),
    )
  }
  for (const name of new Set([...placed, ...step.body])) {
    if (!step.inputs.includes(name)) {
      report(
        fault(
          'InputMissing',
          step.id,
          at,
          `"${step.title}" sends "${name}", which is not among its inputs`,
          'Add it to the inputs',
        ),
      )
    }
    if (fieldOf(index, name)?.sensitivity === 'sensitive') {
      report(
        fault(
          'SensitiveInput',
          step.id,
          at,
          `"${name}" is sensitive and is never sent`,
          'Remove it from the request',
        ),
      )
    }
  }
  if (step.method === 'GET' && step.body.length > 0) {
    report(
      fault('BodyNotAllowed', step.id, `${at}.body`, 'A GET request has no body', 'Use the path, or POST'),
    )
  }
  for (const { field, pointer } of step.reply) {
    if (!step.outputs.includes(field)) {
      report(
        fault(
          'OutputMissing',
          step.id,
          `${at}.reply`,
          `The reply fills "${field}", which is not among the outputs`,
          'Add it to the outputs',
        ),
      )
    }
    if (pointer !== '' && !pointer.startsWith('/')) {
      report(
        fault(
          'PointerWrong',
          step.id,
          `${at}.reply`,
          `"${pointer}" is no JSON pointer`,
          'Write it like /order/id',
        ),
      )
    }
  }
  for (const name of step.outputs) {
    if (!step.reply.some(({ field }) => field === name)) {
      report(
        fault(
          'ReplyMissing',
          step.id,
          `${at}.reply`,
          `Nothing says where "${name}" stands in the reply`,
          'Give its pointer, like /order/id',
        ),
      )
    }
  }
}

function checkSubProcess({ index, step, at, report }: At<StepOf<'sub-process'>>, find: FindPublished): void {
  const inner = find(step.processId, step.version)?.map
  if (inner === undefined) {
    report(
      fault(
        'SubProcessMissing',
        step.id,
        `${at}.processId`,
        `"${step.title}" contains version ${step.version} of a process that is not published`,
        'Choose a published version of a process that you may see',
      ),
    )
    return
  }
  for (const { from, to } of step.gives) {
    pairFits({ index, step, at: `${at}.gives`, report }, { mine: from, theirs: to, inner })
    if (!inner.intake.some((item) => item.field === to)) {
      report(
        fault(
          'NotAskedInside',
          step.id,
          `${at}.gives`,
          `"${to}" is not asked for when "${inner.name}" begins`,
          `Use one of ${inner.intake.map((item) => item.field).join(', ')}`,
        ),
      )
    }
  }
  for (const item of inner.intake) {
    if (item.required && !step.gives.some(({ to }) => to === item.field)) {
      report(
        fault(
          'InnerFieldMissing',
          step.id,
          `${at}.gives`,
          `"${inner.name}" cannot begin without "${item.field}"`,
          'Say which field becomes it',
        ),
      )
    }
  }
  for (const { from, to } of step.takes) {
    pairFits({ index, step, at: `${at}.takes`, report }, { mine: to, theirs: from, inner })
    if (!step.outputs.includes(to)) {
      report(
        fault(
          'OutputMissing',
          step.id,
          `${at}.takes`,
          `"${to}" comes back and is not among the outputs`,
          'Add it to the outputs',
        ),
      )
    }
  }
}

function pairFits(
  look: At<StepOf<'sub-process'>>,
  { mine, theirs, inner }: { mine: string; theirs: string; inner: ProcessMap },
): void {
  const { index, step, at, report } = look
  const own = fieldOf(index, mine)
  const other = inner.fields.find((field) => field.name === theirs) ?? null
  if (own === null) report(undeclared(mine, step.id, at))
  if (other === null) report(undeclared(theirs, step.id, at))
  if (own === null || other === null || typeOf(own) === typeOf(other)) return
  report(
    fault(
      'TypesDiffer',
      step.id,
      at,
      `"${mine}" is a ${own.type} here, "${theirs}" a ${other.type} in "${inner.name}"`,
      'Pair fields of one type',
    ),
  )
}

/** Short, long and chosen texts may stand for each other. */
function typeOf({ type }: Field): FieldType {
  return type === 'long-text' || type === 'choice' ? 'text' : type
}

function wantType({ index, step, at, report }: At<Step>, name: string, types: FieldType[]): void {
  const field = fieldOf(index, name)
  if (field === null) {
    report(undeclared(name, step.id, at))
    return
  }
  if (types.includes(field.type)) return
  report(
    fault(
      'FieldTypeWrong',
      step.id,
      at,
      `"${name}" is a ${field.type}`,
      `Use a field of type ${types.join(' or ')}`,
    ),
  )
}
