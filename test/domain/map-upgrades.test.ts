import { describe, expect, it } from 'vitest'
import { compilePlan } from '#domain/compile-plan.ts'
import { moveRefusalWords, stepNameFaults, whyNotMove, type MovableCase } from '#domain/map-upgrades.ts'
import type { CasePlan } from '#domain/plan.ts'
import type { ProcessMap } from '#domain/process-map.ts'
import {
  aMap,
  ai,
  branch,
  decision,
  draftAndReview,
  end,
  field,
  fork,
  join,
  manual,
  next,
  review,
} from '../support/maps.ts'

const plan = (map: ProcessMap, version = 1): CasePlan =>
  compilePlan(map, { mapId: 'p', version, sha256: (text) => String(text.length) })
const here = (more: Partial<MovableCase> = {}): MovableCase => ({
  at: ['read'],
  status: 'waiting',
  inRegion: false,
  undoing: false,
  fields: ['sender', 'letter', 'amount', 'summary'],
  ...more,
})
const from = plan(draftAndReview())

describe('a case can move', () => {
  it.each<[string, ProcessMap, MovableCase, Record<string, string>]>([
    ['to a version that only words its steps anew', draftAndReview(), here(), {}],
    ['where its step is called otherwise and somebody said how', renamed(), here(), { read: 'check' }],
    [
      'where a step before it is gone',
      aMap([review('read', 'draft'), end()], { steps: [ai('draft'), review('read', 'draft'), end()] }),
      here(),
      {},
    ],
    ['where a step ahead reads what another step ahead writes', writesAhead(), here(), {}],
    ['before it began', draftAndReview(), here({ at: [] }), {}],
  ])('%s', (_, map, snapshot, stepIds) => {
    expect(whyNotMove(snapshot, { from, to: plan(map, 2), stepIds })).toBeNull()
  })

  it('with a field missing that its present version misses just so', () => {
    const lacks = here({ fields: ['sender'] })

    expect(whyNotMove(lacks, { from, to: plan(draftAndReview(), 2), stepIds: {} })).toBeNull()
  })
})

describe('a case cannot move', () => {
  it.each<[string, ProcessMap, MovableCase, unknown]>([
    [
      'from a step that is gone',
      renamed(),
      here(),
      { code: 'StepRemoved', stepId: 'read', title: 'Review read' },
    ],
    [
      'to a step of another kind',
      aMap([ai('draft'), manual('read'), end()]),
      here(),
      { code: 'KindChanged', stepId: 'read', title: 'Review read', from: 'review', to: 'manual' },
    ],
    ['out of a region', draftAndReview(), here({ inRegion: true }), { code: 'InRegion', stepId: 'read' }],
    [
      'out of a contained map',
      draftAndReview(),
      here({ at: ['inner/read'] }),
      { code: 'InRegion', stepId: 'inner/read' },
    ],
    [
      'into a branch, when the others would never be walked',
      branching(),
      here(),
      { code: 'InRegion', stepId: 'read' },
    ],
    [
      'while it is in several places',
      draftAndReview(),
      here({ at: ['draft', 'read'] }),
      { code: 'InRegion', stepId: 'draft' },
    ],
    ['while what it did is undone', draftAndReview(), here({ undoing: true }), { code: 'Compensating' }],
    ['while it ends', draftAndReview(), here({ status: 'closing' }), { code: 'Compensating' }],
    [
      'where a step ahead reads what it does not have',
      readsAhead(),
      here(),
      { code: 'VariableMissing', field: 'colour' },
    ],
    [
      'where a rule reads a value that it kept no hold of',
      decidesOnAmount(),
      here(),
      { code: 'VariableMissing', field: 'amount' },
    ],
  ])('%s', (_, map, snapshot, why) => {
    expect(whyNotMove(snapshot, { from, to: plan(map, 2), stepIds: {} })).toEqual(why)
  })
})

it('says why with the words that people know the step by', () => {
  const removed = whyNotMove(here(), { from, to: plan(renamed(), 2), stepIds: {} })
  const ofBefore = moveRefusalWords({ code: 'StepRemoved', stepId: 'read' })

  expect(removed === null ? null : moveRefusalWords(removed)).toBe(
    'The new version has no step "Review read", where the case is.',
  )
  expect(ofBefore).toContain('no step "read"')
})

describe('names of steps that are called otherwise', () => {
  it('lead from steps that were there to steps that are, each to its own', () => {
    const newPlan = plan(renamed(), 2)
    const faultsOf = (stepIds: Record<string, string>): string[] =>
      stepNameFaults(stepIds, { newPlan, oldPlans: [from] }).map((fault) => fault.from)

    expect(faultsOf({ read: 'check' })).toEqual([])
    expect(faultsOf({ nowhere: 'check' })).toEqual(['nowhere'])
    expect(faultsOf({ read: 'nowhere' })).toEqual(['read'])
    expect(faultsOf({ draft: 'check', read: 'check' })).toEqual(['read'])
    expect(faultsOf({ read: 'draft' })).toEqual(['read'])
    expect(faultsOf({ read: 'draft', draft: 'check' })).toEqual([])
  })
})

function renamed(): ProcessMap {
  return aMap([ai('draft'), review('check', 'draft'), end()])
}

function branching(): ProcessMap {
  return aMap([fork('both'), ai('draft'), review('read', 'draft'), manual('ask'), join('closed'), end()], {
    links: [
      branch('both', 'draft'),
      branch('both', 'ask'),
      next('draft', 'read'),
      next('read', 'closed'),
      next('ask', 'closed'),
      next('closed', 'done'),
    ],
  })
}

function readsAhead(): ProcessMap {
  const map = aMap([ai('draft'), review('read', 'draft'), manual('file', { inputs: ['colour'] }), end()])
  return { ...map, fields: [...map.fields, field('colour')] }
}

function writesAhead(): ProcessMap {
  const map = aMap([
    ai('draft'),
    review('read', 'draft'),
    manual('ask', { outputs: ['colour'] }),
    manual('file', { inputs: ['colour'] }),
    end(),
  ])
  return { ...map, fields: [...map.fields, field('colour')] }
}

function decidesOnAmount(): ProcessMap {
  return aMap([ai('draft'), review('read', 'draft'), decision('large'), manual('file'), end()], {
    links: [
      next('draft', 'read'),
      next('read', 'large'),
      { on: 'when', from: 'large', to: 'file', condition: 'amount > 100.0', label: 'large' },
      { on: 'otherwise', from: 'large', to: 'done', label: 'small' },
      next('file', 'done'),
    ],
  })
}
