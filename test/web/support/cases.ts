import type { CaseDetail, CaseSummary } from '#domain/views/cases.ts'
import { samples } from '#samples/index.ts'
import { priya } from './people.ts'

const [sample] = samples
if (sample === undefined) throw new Error('There is no sample')
export const map = sample.map
const hour = 3_600_000

export const summary: CaseSummary = {
  id: 'c1',
  pilotId: 'p',
  number: 48,
  title: 'Brightwell Ltd',
  status: 'waiting',
  sample: false,
  state: 'Waiting for Maya to review the draft, 2 h left',
  stepId: 'review-the-pack',
  startedAt: '2026-11-19T09:12:00.000Z',
  endedAt: null,
  outcome: null,
  paused: false,
  byHand: false,
  stuckSince: null,
}

export const nothing: CaseDetail['can'] = {
  stop: false,
  pause: false,
  resume: false,
  goByHand: false,
  comeBack: false,
  raiseException: false,
  sendMessage: false,
  beginAgain: false,
}

export function aCase(change: Partial<CaseDetail> = {}): CaseDetail {
  return {
    ...summary,
    processId: 'onboarding',
    isLost: false,
    processName: map.name,
    detail: 'Welcome pack, draft 2.',
    taskId: 't1',
    dueAt: null,
    mapVersion: 4,
    zone: 'Europe/Amsterdam',
    startedBy: priya,
    timeParts: [
      { label: 'Client', kind: 'waiting', ms: 2 * hour },
      { label: 'AI', kind: 'ai', ms: hour },
    ],
    story: [],
    path: [{ stepId: 'check-contract', visit: 1, state: 'done' }],
    facts: [{ label: 'Started', value: 'Thu 19 Nov', note: null }],
    fields: map.fields,
    values: {},
    byHandSteps: [],
    waits: [],
    liveSteps: [],
    can: { ...nothing, stop: true },
    ...change,
  }
}
