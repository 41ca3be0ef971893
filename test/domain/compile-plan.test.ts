import { describe, expect, it } from 'vitest'
import { compilePlan } from '#domain/compile-plan.ts'
import { CasePlan } from '#domain/plan-schema.ts'
import { aMap, decision, draftAndReview, end, manual, next } from '../support/maps.ts'

const how = { mapId: 'letters', version: 3, sha256: (text: string) => `${text.length}` }

describe('a compiled plan', () => {
  it('holds the control flow and no prompt, form or guidance', () => {
    const plan = compilePlan(draftAndReview(), how)

    expect(CasePlan.parse(plan)).toEqual(plan)
    expect(plan.steps['read']).toMatchObject({ reviews: 'draft', sendBackTo: 'draft', outputs: ['summary'] })
    expect(JSON.stringify(plan)).not.toContain('Sum up')
  })

  it('lists the fields that conditions read and no others', () => {
    const map = aMap([decision('big'), manual('look'), end()], {
      links: [
        { on: 'when', from: 'big', to: 'look', condition: 'amount > 100', label: 'big' },
        { on: 'otherwise', from: 'big', to: 'done', label: 'small' },
        next('look', 'done'),
      ],
    })

    expect(compilePlan(map, how).vars).toEqual({ amount: 'double' })
  })

  it('is the same, hash included, however the map’s keys are ordered', () => {
    const map = draftAndReview()
    const turned = {
      ...map,
      steps: map.steps.map((step) => Object.fromEntries(Object.entries(step).toReversed())),
    }

    const again: typeof map = JSON.parse(JSON.stringify(turned))

    expect(compilePlan(again, how)).toEqual(compilePlan(map, how))
  })
})
