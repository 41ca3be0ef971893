import { officeHours } from '#domain/measure/working-time.ts'
import type { Field, Link, ProcessMap, Step, StepOf } from '#domain/process-map.ts'

const guidance = { lines: ['Read it, then say what is in it.'], goodExample: null, promptToCopy: null }
const base = { lane: null, who: 'Team', inputs: ['letter'], systems: [], guidance, maxVisits: 3 }

export function field(name: string, type: Field['type'] = 'text', more: Partial<Field> = {}): Field {
  return { name, label: name, type, choices: [], hint: '', sensitivity: 'internal', ...more }
}

export function ai(id: string, more: Partial<StepOf<'ai'>> = {}): StepOf<'ai'> {
  return {
    ...base,
    id,
    kind: 'ai',
    title: `Draft ${id}`,
    outputs: ['summary'],
    instruction: 'Sum up the letter.',
    examples: [],
    retry: { attempts: 3, firstPauseSeconds: 0 },
    deadlineSeconds: 30,
    ...more,
  }
}

export function manual(id: string, more: Partial<StepOf<'manual'>> = {}): StepOf<'manual'> {
  return { ...base, id, kind: 'manual', title: `Do ${id}`, outputs: [], sla: null, ...more }
}

export function review(id: string, reviews: string, more: Partial<StepOf<'review'>> = {}): StepOf<'review'> {
  return {
    ...base,
    id,
    kind: 'review',
    title: `Review ${id}`,
    reviews,
    need: 1,
    fourEyes: false,
    sendBackReasons: ['Wrong fact', 'Tone', 'Other'],
    sla: null,
    ...more,
  }
}

export function decision(id: string, more: Partial<StepOf<'decision'>> = {}): StepOf<'decision'> {
  return { ...base, id, kind: 'decision', title: `${id}?`, ...more }
}

export function fork(id: string, more: Partial<StepOf<'fork'>> = {}): StepOf<'fork'> {
  return { ...base, id, kind: 'fork', title: `Begin ${id}`, ...more }
}

export function join(id: string, waitsFor: 'all' | 'any' = 'all'): StepOf<'join'> {
  return { ...base, id, kind: 'join', title: `Join ${id}`, waitsFor }
}

export function forEach(id: string, more: Partial<StepOf<'for-each'>> = {}): StepOf<'for-each'> {
  return {
    ...base,
    id,
    kind: 'for-each',
    title: `Each of ${id}`,
    list: 'lines',
    item: 'line',
    maxItems: 3,
    maxParallel: 2,
    whenItemFails: 'collect',
    gather: [],
    doneCount: null,
    failedCount: null,
    ...more,
  }
}

export function waitUntil(
  id: string,
  waitsFor: StepOf<'wait'>['waitsFor'],
  more: Partial<StepOf<'wait'>> = {},
): StepOf<'wait'> {
  return { ...base, id, kind: 'wait', title: `Wait at ${id}`, waitsFor, outputs: [], ...more }
}

/** Waits a day for the message that is called like the step, found by the sender. */
export function wait(id: string, more: Partial<StepOf<'wait'>> = {}): StepOf<'wait'> {
  return {
    ...base,
    inputs: [],
    id,
    kind: 'wait',
    title: `Wait for ${id}`,
    outputs: [],
    maxVisits: 1,
    waitsFor: { until: 'message', message: id, key: 'sender', timeoutMinutes: 1_440 },
    ...more,
  }
}

export function call(id: string, more: Partial<StepOf<'call'>> = {}): StepOf<'call'> {
  return {
    ...base,
    id,
    kind: 'call',
    title: `Ask ${id}`,
    inputs: ['sender'],
    connection: 'register',
    method: 'GET',
    path: '/letters/{sender}',
    body: [],
    reply: [],
    outputs: [],
    repeatable: true,
    retry: { attempts: 2, firstPauseSeconds: 0 },
    deadlineSeconds: 10,
    ...more,
  }
}

export function subProcess(id: string, more: Partial<StepOf<'sub-process'>> = {}): StepOf<'sub-process'> {
  return {
    ...base,
    id,
    kind: 'sub-process',
    title: `Contains ${id}`,
    processId: 'inner',
    version: 1,
    gives: [{ from: 'sender', to: 'sender' }],
    takes: [],
    outputs: [],
    ...more,
  }
}

export function branch(from: string, to: string, label = to): Link {
  return { on: 'branch', from, to, label }
}

export function end(id = 'done', outcome = 'Done'): StepOf<'end'> {
  return { ...base, id, kind: 'end', title: outcome, outcome }
}

export function next(from: string, to: string): Link {
  return { on: 'next', from, to }
}

/** A map of the given steps; without links, each step leads to the one after it. */
export function aMap(steps: Step[], more: Partial<ProcessMap> = {}): ProcessMap {
  const first = steps[0]
  if (first === undefined) throw new Error('a map needs a step')
  const chain = steps.slice(0, -1).map((step, index) => next(step.id, steps[index + 1]?.id ?? ''))
  return {
    schema: 1,
    name: 'Letters',
    unit: 'letter',
    purpose: '',
    fields: [
      field('sender'),
      field('letter', 'long-text'),
      field('summary', 'long-text'),
      field('urgent', 'yes-no'),
      field('amount', 'number'),
    ],
    intake: [
      { field: 'sender', required: true },
      { field: 'letter', required: false },
      { field: 'amount', required: false },
    ],
    titleField: 'sender',
    exceptions: [],
    start: first.id,
    steps,
    links: chain,
    calendar: officeHours({ zone: 'Europe/Amsterdam' }),
    ...more,
  }
}

/** A letter is drafted on and read: the smallest map with a gate. */
export function draftAndReview(): ProcessMap {
  return aMap([ai('draft'), review('read', 'draft'), end()])
}
