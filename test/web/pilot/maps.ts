import type { Link, ProcessMap, Step } from '#domain/process-map.ts'

const base = {
  who: '',
  inputs: [],
  systems: [],
  guidance: { lines: [], goodExample: null, promptToCopy: null },
  maxVisits: 3,
}

export function manual(id: string, lane: string | null = null): Step {
  return { ...base, kind: 'manual', id, title: `Do ${id}`, lane, outputs: [], sla: null }
}

export function decision(id: string, lane: string | null = null): Step {
  return { ...base, kind: 'decision', id, title: `Is ${id}?`, lane }
}

export function end(id: string): Step {
  return { ...base, kind: 'end', id, title: 'Done', lane: null, outcome: 'Done' }
}

export function fork(id: string): Step {
  return { ...base, kind: 'fork', id, title: `Begin ${id}`, lane: null }
}

export function join(id: string, waitsFor: 'all' | 'any' = 'all'): Step {
  return { ...base, kind: 'join', id, title: `End ${id}`, lane: null, waitsFor }
}

export function forEach(id: string): Step {
  return {
    ...base,
    kind: 'for-each',
    id,
    title: `Each of ${id}`,
    lane: null,
    list: 'lines',
    item: 'line',
    maxItems: 100,
    maxParallel: 5,
    whenItemFails: 'collect',
    gather: [],
    doneCount: null,
    failedCount: null,
  }
}

/** A part of a map: a step, several ways at the same time, the same for each line, or a way that can be passed by. */
export type Part =
  | { kind: 'step' }
  | { kind: 'fork'; branches: Part[][] }
  | { kind: 'each'; parts: Part[] }
  | { kind: 'detour'; parts: Part[] }

/** A sound map of these parts, one after the other, and who belongs to which region. */
export function mapOfParts(parts: Part[]): { map: ProcessMap; members: Map<string, string[]> } {
  const steps: Step[] = []
  const links: Link[] = []
  const members = new Map<string, string[]>()
  let count = 0
  const add = (step: Step, within: string[]): string => {
    steps.push(step)
    for (const region of within) members.set(region, [...(members.get(region) ?? []), step.id])
    return step.id
  }
  /** Gives the ways out: each says how a link to what follows is made. */
  type Out = (to: string) => Link
  const next =
    (from: string): Out =>
    (to) => ({ on: 'next', from, to })
  const lead = (outs: Out[], to: string): void => {
    for (const out of outs) links.push(out(to))
  }
  const build = (list: Part[], begin: Out[], within: string[]): Out[] => {
    let outs = begin
    for (const part of list.length === 0 ? [{ kind: 'step' as const }] : list) {
      count += 1
      const id = `s${count}`
      if (part.kind === 'step') {
        lead(outs, add(manual(id), within))
        outs = [next(id)]
      } else if (part.kind === 'detour') {
        lead(outs, add(decision(id), within))
        const inner = build(
          part.parts,
          [(to) => ({ on: 'when', from: id, to, condition: 'true', label: 'Yes' })],
          within,
        )
        outs = [...inner, (to) => ({ on: 'otherwise', from: id, to, label: 'No' })]
      } else {
        lead(outs, add(part.kind === 'fork' ? fork(id) : forEach(id), within))
        const inside = [...within, id]
        const ends =
          part.kind === 'fork'
            ? part.branches.flatMap((branch, at) =>
                build(branch, [(to) => ({ on: 'branch', from: id, to, label: `Way ${at + 1}` })], inside),
              )
            : build(part.parts, [(to) => ({ on: 'each', from: id, to })], inside)
        lead(ends, add(join(`j${id}`), within))
        outs = [next(`j${id}`)]
      }
    }
    return outs
  }
  lead(build(parts, [], []), add(end('z'), []))
  return { map: aMapOf(steps, links), members }
}

export function chain(ids: string[]): Link[] {
  return ids.slice(1).map((to, index) => ({ on: 'next', from: ids[index] ?? to, to }))
}

export function aMapOf(steps: Step[], links: Link[]): ProcessMap {
  const lanes = [...new Set(steps.flatMap((step) => step.lane ?? []))]
  return {
    schema: 1,
    name: 'Client onboarding',
    unit: 'client',
    purpose: '',
    fields: [
      { name: 'client', label: 'Client', type: 'text', choices: [], hint: '', sensitivity: 'internal' },
      { name: 'lines', label: 'Order lines', type: 'list', choices: [], hint: '', sensitivity: 'internal' },
      { name: 'line', label: 'Order line', type: 'text', choices: [], hint: '', sensitivity: 'internal' },
    ],
    intake: [{ field: 'client', required: true }],
    titleField: 'client',
    exceptions: lanes.map((id) => ({ id, name: id, why: '' })),
    start: steps[0]?.id ?? 'none',
    steps,
    links,
    calendar: {
      name: 'Office',
      version: 1,
      zone: 'Europe/Amsterdam',
      slots: [{ weekday: 1, from: '09:00', to: '17:00' }],
      holidays: [],
    },
  }
}
