import { setTimeout as sleep } from 'node:timers/promises'
import { until } from '../finish.ts'
import { owner, sam } from '../load/office.ts'
import { ModelMood } from '../stand/model.ts'
import type { Scenario, Scene } from './scenario.ts'
import { databaseSlow } from './database-slow.ts'
import { triesSince } from './tries.ts'

const engineAwayAtStart: Scenario = {
  name: 'temporal-away-at-start',
  rows: [19],
  promise:
    'APIs and workers that start without Temporal live: reading works, starts wait, and run when it comes.',
  run: async (scene) => {
    const { stand, client } = scene
    await scene.during({ kind: 'kill', part: 'temporal' }, async () => {
      for (const part of ['api-1', 'api-2', 'core', 'ai'] as const) {
        await stand.programs[part].down('SIGKILL')
        stand.programs[part].up()
      }
      const answers = async (): Promise<boolean> =>
        (await client.ask(owner, { method: 'GET', path: '/api/tasks' }))?.status === 200
      scene.expect(await until(answers, 60_000), { invariant: 'I10', what: 'nothing can be read' })
      const health = await client.ask(owner, { method: 'GET', path: '/api/health' })
      scene.expect(health !== null && JSON.stringify(health.json).includes('"ok":false'), {
        invariant: 'I4',
        what: 'health says that all is well without Temporal',
      })
      const outcomes = await scene.start(20)
      scene.expect(
        outcomes.every(({ end }) => end === 'ok'),
        { invariant: 'I3', what: 'a start was not accepted' },
      )
      const waiting = (await scene.facts()).cases.filter((found) => found.waits_for_start).length
      scene.expect(waiting === 20, { invariant: 'I3', what: `${waiting} of 20 starts wait` })
    })
    const backAt = Date.now()
    await scene.tasks({ kind: 'manual', many: 20, stepId: 'sort' })
    scene.measure(
      `20 cases at their first task ${((Date.now() - backAt) / 1000).toFixed(1)} s after Temporal came`,
    )
  },
}

const engineAway: Scenario = {
  name: 'temporal-away',
  rows: [20],
  promise:
    'Without Temporal no decision is acknowledged: 503 within 3 s, and the same decision goes through later.',
  run: async (scene) => {
    await scene.start(8)
    const tasks = await scene.tasks({ kind: 'manual', many: 8, stepId: 'sort' })
    for (const [index, task] of tasks.entries()) {
      const trouble = { does: index % 2 === 0 ? ('refuse' as const) : ('hang' as const) }
      const since = Date.now()
      const first = await scene.begin({ kind: 'link', link: 'api-1→temporal', trouble })
      const second = await scene.begin({ kind: 'link', link: 'api-2→temporal', trouble })
      const deciding = scene.decide(task, { person: sam, action: 'complete' })
      await sleep(4_000)
      const tries = triesSince(scene.history.read(), since)
      await Promise.all([first(), second()])
      const slowest = Math.max(...tries.map(({ tookMs }) => tookMs))
      const bad = tries.filter(({ status }) => status !== 503).length
      scene.expect(tries.length > 0 && bad === 0, {
        invariant: 'I1',
        what: `${bad} answers were no 503 (${trouble.does})`,
      })
      scene.measure(`${trouble.does}: 503 after at most ${slowest} ms`)
      const outcome = await deciding
      scene.expect(outcome.end === 'ok', {
        invariant: 'I1',
        what: `the decision ended ${outcome.end} afterwards`,
      })
    }
  },
}

const databaseAway: Scenario = {
  name: 'database-away',
  rows: [21],
  promise:
    'Without PostgreSQL the APIs answer 503 in seconds and live; workers repeat what they could not store.',
  run: async (scene) => {
    const { stand } = scene
    for (const does of ['refuse', 'hang'] as const) {
      await scene.start(8)
      const tasks = await scene.tasks({ kind: 'manual', many: 8, stepId: 'sort' })
      const links = ['api-1→postgres', 'api-2→postgres', 'core→postgres', 'ai→postgres'] as const
      const ends = []
      for (const link of links) ends.push(await scene.begin({ kind: 'link', link, trouble: { does } }))
      const since = Date.now()
      const asking = [
        ...tasks.map((task) => scene.decide(task, { person: sam, action: 'complete' })),
        scene.startAtOnce(2),
      ]
      await sleep(8_000)
      const tries = triesSince(scene.history.read(), since)
      for (const end of ends) await end()
      const endedAt = Date.now()
      const slowest = Math.max(0, ...tries.map(({ tookMs }) => tookMs))
      const bad = tries.filter(({ status }) => status !== 503).length
      scene.expect(bad === 0 && tries.length >= asking.length, {
        invariant: 'I1',
        what: `${bad} of ${tries.length} answers were no 503 (${does})`,
      })
      scene.measure(`${does}: ${tries.length} answers, the slowest after ${slowest} ms`)
      const outcomes = (await Promise.all(asking)).flat()
      const lost = outcomes.filter(({ end }) => end !== 'ok').length
      scene.expect(lost === 0, {
        invariant: 'I1',
        what: `${lost} of ${outcomes.length} came to nothing afterwards`,
      })
      scene.expect(await stand.untilHealthy(60_000), { invariant: 'I10', what: 'health does not recover' })
      scene.measure(`healthy ${((Date.now() - endedAt) / 1000).toFixed(1)} s later`)
    }
    const deaths = Object.values(stand.programs).reduce((sum, program) => sum + program.deaths(), 0)
    scene.expect(deaths === 0, { invariant: 'I10', what: `${deaths} programs died of it` })
  },
}

const modelMoods: Scenario = {
  name: 'model-misbehaves',
  rows: [24, 25, 26, 27, 28, 29, 30, 31],
  promise:
    'Whatever the model endpoint answers, each case gets its draft or a person, and nothing of it leaks.',
  run: async (scene) => {
    const { stand } = scene
    for (const mood of ModelMood.options) {
      const casesBefore = (await scene.facts()).cases.length
      await scene.start(2)
      for (const task of await scene.tasks({ kind: 'manual', many: 2, stepId: 'sort' })) {
        stand.modelMood(mood)
        await scene.decide(task, { person: sam, action: 'complete' })
      }
      scene.history.add({ line: 'fault', what: `model ${mood}`, phase: 'begins' })
      const settled = await until(async () => (await atPeople(scene)) >= casesBefore + 2, 150_000)
      scene.expect(settled, { invariant: 'I10', what: `a case waits for a model that ${mood}` })
      stand.modelMood('well')
      scene.history.add({ line: 'fault', what: `model ${mood}`, phase: 'ends' })
    }
    const { events } = await scene.facts()
    const causes = events.flatMap((event) => (event.type === 'draft-failed' ? [event.cause] : []))
    for (const cause of new Set(causes)) {
      scene.measure(`${causes.filter((other) => other === cause).length} × ${cause}`)
    }
  },
}

/** Cases that wait at a review, or for work by hand. */
async function atPeople(scene: Scene): Promise<number> {
  const { tasks } = await scene.facts()
  const waiting = tasks.filter(({ status, id }) => status === 'open' && /\.(read|draft)\./.test(id))
  return new Set(waiting.map((task) => task.case_id)).size
}

export const dependencies: Scenario[] = [
  engineAwayAtStart,
  engineAway,
  databaseAway,
  databaseSlow,
  modelMoods,
]
