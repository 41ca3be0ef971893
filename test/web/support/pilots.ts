import type { CommandBatch } from '#domain/views/control.ts'
import type { PilotDetail } from '#domain/views/pilots.ts'
import { map } from './cases.ts'
import { priya } from './people.ts'

export function aPilot(change: Partial<PilotDetail> = {}): PilotDetail {
  return {
    id: 'p',
    processId: 'onboarding',
    processName: map.name,
    owner: priya,
    sample: true,
    status: 'running',
    mapVersion: 4,
    startedAt: '2026-11-01T09:00:00.000Z',
    decideBy: '2027-02-01T09:00:00.000Z',
    day: 23,
    days: 90,
    running: 12,
    finished: 41,
    cancelled: 0,
    map,
    undoSeconds: 10,
    sampleColleagues: false,
    baseline: { id: 'b', version: 1, grade: 'B', gradeWords: 'A log', cases: 102, sampleData: true },
    byHand: false,
    byHandSteps: [],
    batch: null,
    versions: [1],
    can: { change: true, startCase: true, command: true, move: true },
    ...change,
  }
}

export function aBatch(change: Partial<CommandBatch> = {}): CommandBatch {
  return {
    id: 'cb',
    pilotId: 'p',
    kind: 'pause',
    stepId: null,
    toVersion: null,
    reason: 'Stocktaking',
    by: priya,
    createdAt: '2026-11-20T10:00:00.000Z',
    status: 'working',
    total: 12,
    succeeded: 5,
    failed: 1,
    skipped: 2,
    pending: 4,
    trying: 1,
    waiting: 1,
    told: [],
    ...change,
  }
}
