import { randomUUID } from 'node:crypto'
import { kim, sam } from '../load/office.ts'
import type { Scenario } from './scenario.ts'

const sentFiftyTimes: Scenario = {
  name: 'decision-sent-fifty-times',
  rows: [12],
  promise: 'Fifty copies of one decision at the same moment, at two APIs, are one decision with one answer.',
  run: async (scene) => {
    await scene.start(4)
    for (const task of await scene.tasks({ kind: 'manual', many: 4, stepId: 'sort' })) {
      const decisionId = randomUUID()
      const copies = Array.from({ length: 50 }, (_, index) => {
        const api = scene.stand.apis[index % 2 === 0 ? 0 : 1]
        return scene.decide(task, { person: sam, action: 'complete', decisionId, api })
      })
      const outcomes = await Promise.all(copies)
      const bad = outcomes.filter(({ end }) => end !== 'ok').length
      scene.expect(bad === 0, {
        invariant: 'I1',
        what: `${bad} of 50 copies were not told that it was taken`,
      })
    }
  },
}

const rivals: Scenario = {
  name: 'two-reviewers-at-once',
  rows: [13],
  promise: 'Of two people who decide at the same moment one wins, and the other is told who was first.',
  run: async (scene) => {
    await scene.start(20)
    const codes: string[] = []
    for (const task of await scene.tasks({ kind: 'manual', many: 20, stepId: 'sort' })) {
      const outcomes = await Promise.all([
        scene.decide(task, { person: sam, action: 'complete', api: scene.stand.apis[0] }),
        scene.decide(task, { person: kim, action: 'complete', api: scene.stand.apis[1] }),
      ])
      const won = outcomes.filter(({ end }) => end === 'ok').length
      for (const outcome of outcomes) if (outcome.end === 'fail') codes.push(outcome.code)
      scene.expect(won === 1, { invariant: 'I2', what: `${won} of two people won ${task.id}` })
    }
    const told = codes.filter((code) => code === 'TaskAlreadyDecided').length
    scene.expect(told === codes.length, {
      invariant: 'I2',
      what: `losers were told ${[...new Set(codes)].join(', ')}`,
    })
  },
}

const answerLost: Scenario = {
  name: 'answer-lost',
  rows: [17],
  promise:
    'When the answer is cut off at any byte, asking again under the same id tells what really happened.',
  run: async (scene) => {
    const many = 24
    await scene.start(many)
    const tasks = await scene.tasks({ kind: 'manual', many, stepId: 'sort' })
    for (const [index, task] of tasks.entries()) {
      const trouble = { does: 'cut' as const, afterBytes: 1 + index * 70 }
      const end = await scene.begin({ kind: 'link', link: 'driver→api-1', trouble })
      const deciding = scene.decide(task, { person: sam, action: 'complete', api: scene.stand.apis[0] })
      const outcome = await deciding
      await end()
      scene.expect(outcome.end === 'ok', {
        invariant: 'I1',
        what: `cut after ${trouble.afterBytes}: ${outcome.end}`,
      })
    }
    const lost = scene.history.read().filter((line) => line.line === 'try' && line.status === null).length
    scene.measure(`${lost} answers were lost`)
  },
}

export const decisions: Scenario[] = [sentFiftyTimes, rivals, answerLost]
