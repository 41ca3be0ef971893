import { describe, expect, it } from 'vitest'
import { compilePlan } from '#domain/compile-plan.ts'
import { checkMap } from '#domain/check-map.ts'
import { ProcessMap } from '#domain/process-map.ts'
import { slaOf, tiersOf, usualDeskSla } from '#domain/task-sla.ts'
import { ai, aMap, end, manual, review } from '../support/maps.ts'

const aDay = { workingMinutes: 480, escalations: [] }
const anHour = { workingMinutes: 60, escalations: [] }
const map = aMap([ai('draft'), review('read', 'draft', { sla: aDay }), manual('send'), end()])

describe('a deadline', () => {
  it('of the exception desk is that of its map, at whichever step a case fell out', () => {
    const own = { ...map, deskSla: anHour }

    expect(slaOf(own, { stepId: 'draft', kind: 'exception' })).toEqual(anHour)
    expect(slaOf(own, { stepId: 'read', kind: 'exception' })).toEqual(anHour)
    expect(slaOf(own, { stepId: 'gone', kind: 'exception' })).toEqual(anHour)
  })

  it('of the exception desk is half a working day where the map does not say', () => {
    expect(slaOf(map, { stepId: 'draft', kind: 'exception' })).toEqual(usualDeskSla)
    expect(usualDeskSla.workingMinutes).toBe(240)
  })

  it('of a gate or a step by hand is that of the step, and work instead of AI has none', () => {
    expect(slaOf(map, { stepId: 'read', kind: 'review' })).toEqual(aDay)
    expect(slaOf(map, { stepId: 'send', kind: 'manual' })).toBeNull()
    expect(slaOf({ ...map, deskSla: anHour }, { stepId: 'draft', kind: 'by-hand' })).toBeNull()
  })

  it('asks in the order of its tiers, however they were written down', () => {
    const tiers = tiersOf({
      workingMinutes: 60,
      escalations: [
        { afterWorkingMinutes: 90, to: 'deputy' },
        { afterWorkingMinutes: 30, to: 'owner' },
      ],
    })

    expect(tiers.map(({ to }) => to)).toEqual(['owner', 'deputy'])
  })
})

describe('the deadline of the desk in a map', () => {
  it('is kept to what a step may promise', () => {
    const faults = (deskSla: unknown): string[] =>
      ProcessMap.safeParse({ ...map, deskSla }).error?.issues.map(({ path }) => path.join('.')) ?? []
    const tier = { afterWorkingMinutes: 60, to: 'owner' }

    expect(faults({ ...anHour, escalations: [tier] })).toEqual([])
    expect(faults({ workingMinutes: 0, escalations: [] })).toEqual(['deskSla.workingMinutes'])
    expect(faults({ ...anHour, escalations: [{ ...tier, to: 'nobody' }] })).toEqual([
      'deskSla.escalations.0.to',
    ])
    expect(faults({ ...anHour, escalations: Array.from({ length: 6 }, () => tier) })).toEqual([
      'deskSla.escalations',
    ])
    expect(faults(null)).toEqual(['deskSla'])
  })

  it('changes no plan, so that cases of either build run the same', () => {
    const compiled = (of: ProcessMap) => compilePlan(of, { mapId: 'm', version: 1, sha256: (text) => text })
    const own = { ...map, deskSla: anHour }

    expect(checkMap(own)).toEqual([])
    expect(compiled(own)).toEqual(compiled(map))
  })
})
