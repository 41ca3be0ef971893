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
