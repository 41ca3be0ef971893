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
    const answers = works.map(({ work }) => enter('pilot', work))
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
    const answers = works.map(({ work }) => enter('pilot', work))
    const late = heldWork()

    const refused = await enter('pilot', late.work)

    expect(refused).toMatchObject({ problem: { code: 'Overloaded', retryAfterSeconds: 1 } })
    expect(late.hasBegun()).toBe(false)
    const others = await Promise.all(Array.from({ length: 200 }, () => enter('pilot', late.work)))
    const seconds = new Set(others.map((other) => JSON.stringify(other)))
    // Not all at the same moment.
    expect(seconds.size).toBeGreaterThan(3)
    for (const { end } of works) end()
    await Promise.all(answers)
    expect(await enter('pilot', async () => 'later')).toBe('later')
  })

  it('refuses who waited too long, and gives their place to nobody twice', async () => {
    const enter = lane({ ...wide, longestWaitMs: 20 })
    const works = [heldWork(), heldWork()]
    const answers = works.map(({ work }) => enter('pilot', work))

    const refused = await enter('pilot', async () => 'never')

    expect(refused).toMatchObject({ problem: { code: 'Overloaded' } })
    for (const { end } of works) end()
    await Promise.all(answers)
    const again = [heldWork(), heldWork()]
    const more = again.map(({ work }) => enter('pilot', work))
    await nextTurn()
    expect(again.every(({ hasBegun }) => hasBegun())).toBe(true)
    for (const { end } of again) end()
    await Promise.all(more)
  })

  it('serves pilots in turn, and refuses nobody because another pilot has too many', async () => {
    const enter = lane({ ...wide, atOnce: 1 })
    const order: string[] = []
    const first = heldWork()
    const held = enter('flooded', first.work)
    const answers = ['flooded', 'flooded', 'flooded', 'second', 'second'].map((of) =>
      enter(of, async () => order.push(of)),
    )

    first.end()
    await held
    const done = await Promise.all(answers)

    expect(done.map((answer) => typeof answer)).toEqual(['number', 'number', 'object', 'number', 'number'])
    expect(order).toEqual(['flooded', 'second', 'flooded', 'second'])
  })

  it('goes on after work that failed', async () => {
    const enter = lane({ ...wide, atOnce: 1 })

    await expect(enter('pilot', () => Promise.reject(new Error('broken')))).rejects.toThrow('broken')

    expect(await enter('pilot', async () => 'well')).toBe('well')
  })
})
