import { setImmediate as nextTurn } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { lane } from '#api/lanes.ts'

/** Work that goes on until it is told to end. */
function heldWork(): { work: () => Promise<string>; end: () => void; hasBegun: () => boolean } {
  let end = (): void => {}
  let hasBegun = false
  const ended = new Promise<string>((resolve) => {
    end = () => resolve('done')
  })
  return {
    work: () => {
      hasBegun = true
      return ended
    },
    end: () => end(),
    hasBegun: () => hasBegun,
  }
}

const wide = { atOnce: 2, mostWaiting: 2, longestWaitMs: 60_000 }

describe('a lane of requests', () => {
  it('works on so many at a time, and on the next in the order in which they came', async () => {
    const enter = lane(wide)
    const works = [heldWork(), heldWork(), heldWork(), heldWork()]
    const answers = works.map(({ work }) => enter(work))
    await nextTurn()
    expect(works.map(({ hasBegun }) => hasBegun())).toEqual([true, true, false, false])

    works[1]?.end()
    await answers[1]
    await nextTurn()

    expect(works.map(({ hasBegun }) => hasBegun())).toEqual([true, true, true, false])
    for (const { end } of works) end()
    expect(await Promise.all(answers)).toEqual(['done', 'done', 'done', 'done'])
  })

  it('refuses at once when too many wait, and says when to come back', async () => {
    const enter = lane(wide)
    const works = Array.from({ length: 4 }, heldWork)
    const answers = works.map(({ work }) => enter(work))
    const late = heldWork()

    const refused = await enter(late.work)

    expect(refused).toMatchObject({ problem: { code: 'Overloaded' } })
    expect(late.hasBegun()).toBe(false)
    for (const { end } of works) end()
    await Promise.all(answers)
    expect(await enter(async () => 'later')).toBe('later')
  })

  it('refuses who waited too long, and gives their place to nobody twice', async () => {
    const enter = lane({ ...wide, longestWaitMs: 20 })
    const works = [heldWork(), heldWork()]
    const answers = works.map(({ work }) => enter(work))

    const refused = await enter(async () => 'never')

    expect(refused).toMatchObject({ problem: { code: 'Overloaded' } })
    for (const { end } of works) end()
    await Promise.all(answers)
    const again = [heldWork(), heldWork()]
    const more = again.map(({ work }) => enter(work))
    await nextTurn()
    expect(again.every(({ hasBegun }) => hasBegun())).toBe(true)
    for (const { end } of again) end()
    await Promise.all(more)
  })

  it('goes on after work that failed', async () => {
    const enter = lane({ ...wide, atOnce: 1 })

    await expect(enter(() => Promise.reject(new Error('broken')))).rejects.toThrow('broken')

    expect(await enter(async () => 'well')).toBe('well')
  })
})
