import { setTimeout as sleep } from 'node:timers/promises'
import { chance, shuffled } from '#samples/chance.ts'
import { until } from '../finish.ts'
import { leader, owner, reviewers, sam } from '../load/office.ts'
import { groupBy } from '../check/group-by.ts'
import type { PartName } from '../faults/fault.ts'
import { markerIn } from '../stand/letters.ts'
import { programNames, serverNames } from '../stand/stand.ts'
import { listenToChanges } from './live-page.ts'
import type { Scenario, Scene } from './scenario.ts'

/** Cases whose manual step is done, so that the model is asked for a draft. */
async function casesAtModel(scene: Scene, many: number): Promise<void> {
  await scene.start(many)
  for (const task of await scene.tasks({ kind: 'manual', many, stepId: 'sort' })) {
    await scene.decide(task, { person: sam, action: 'complete' })
  }
}

const workerDiesInDraft: Scenario = {
  name: 'worker-dies-in-draft',
  rows: [1],
  promise: 'A draft under way when its worker is killed is made once, by whoever comes next.',
  run: async (scene) => {
    const { stand } = scene
    stand.modelMood('slow')
    await casesAtModel(scene, 6)
    await until(async () => stand.modelCalls().length >= 6, 60_000)
    await sleep(1_000)
    const killedAt = Date.now()
    await scene.during({ kind: 'kill', part: 'ai' }, async () => stand.modelMood('well'))
    await scene.tasks({ kind: 'review', many: 6 })
    scene.measure(`drafts there ${seconds(Date.now() - killedAt)} after the kill`)
    const { stepRuns } = await scene.facts()
    const again = stepRuns.filter(({ attempt }) => attempt > 1).length
    scene.expect(again > 0, { invariant: 'I5', what: 'no step was begun again, so nothing was tried' })
  },
}

const diesAtCommit: Scenario = {
  name: 'dies-at-commit',
  rows: [2],
  promise:
    'A program that dies right before or after any of its commits neither loses nor doubles what it did.',
  run: async (scene) => {
    scene.people()
    for (const part of ['core', 'ai', 'api-1', 'api-2'] as const) {
      for (const nth of [1, 2, 3, 5]) {
        for (const point of ['after-commit', 'before-commit'] as const) {
          await scene.start(1)
          await scene.during({ kind: 'die', part, point, nth }, async () => void (await scene.start(1)))
        }
      }
      // One that found too little to commit was killed at any other moment.
      const deaths = scene.stand.programs[part].deaths()
      scene.expect(deaths > 0, {
        invariant: 'I10',
        what: `${part} never died at a commit, so nothing was tried`,
      })
      scene.measure(`${part} died ${deaths} times of 8 at its commit`)
    }
  },
}

const noWorkers: Scenario = {
  name: 'no-workers-for-a-minute',
  rows: [3],
  promise: 'Cases are accepted and wait while no worker lives, and go on within seconds when one comes.',
  run: async (scene) => {
    const { stand } = scene
    const many = 200
    const ends = [
      await scene.begin({ kind: 'kill', part: 'core' }),
      await scene.begin({ kind: 'kill', part: 'ai' }),
    ]
    const began = Date.now()
    const outcomes = await scene.start(many)
    scene.expect(
      outcomes.every(({ end }) => end === 'ok'),
      { invariant: 'I3', what: 'a start was not accepted' },
    )
    await sleep(Math.max(0, 60_000 - (Date.now() - began)))
    for (const end of ends) await end()
    const backAt = Date.now()
    const isBack = await until(async () => (await openTasksOf(scene)) === many, 90_000)
    scene.expect(isBack, { invariant: 'I10', what: `not all of ${many} cases reached their first task` })
    scene.measure(
      `${many} cases at their first task ${seconds(Date.now() - backAt)} after the workers came back`,
    )
    scene.expect(await stand.untilHealthy(60_000), { invariant: 'I10', what: 'health does not recover' })
  },
}

async function openTasksOf(scene: Scene): Promise<number> {
  return (await scene.facts()).tasks.filter(({ status }) => status === 'open').length
}

const workersDieAgainAndAgain: Scenario = {
  name: 'workers-die-again-and-again',
  rows: [4],
  promise: 'Cases take the same way through the map as without any fault, whichever worker dies under them.',
  run: async (scene) => {
    const people = scene.people()
    people.calm()
    await scene.start(20)
    await until(async () => (await openCasesOf(scene)) === 0, 180_000)
    const unfaulted = [...(await waysOf(scene)).values()]

    const next = chance(4)
    const starting = scene.start(20)
    for (const until120s = Date.now() + 120_000; Date.now() < until120s; await sleep(5_000)) {
      const part = next() < 0.5 ? 'core' : 'ai'
      await scene.during({ kind: 'kill', part }, async () => sleep(300))
      if ((await openCasesOf(scene)) === 0) break
    }
    await starting
    await until(async () => (await openCasesOf(scene)) === 0, 180_000)
    const ways = await waysOf(scene)
    const usual = unfaulted[0]
    for (const [marker, way] of ways) {
      scene.expect(way === usual, { invariant: 'I4', what: `${marker} went ${way} instead of ${usual}` })
    }
    scene.measure(`${ways.size} cases went the same way`)
  },
}

async function openCasesOf(scene: Scene): Promise<number> {
  return (await scene.facts()).cases.filter((found) => found.ended_at === null).length
}

/** The steps that each case finished, and how it ended. */
async function waysOf(scene: Scene): Promise<Map<string, string>> {
  const { cases, events } = await scene.facts()
  const finished = groupBy(
    events.filter((event) => event.type === 'step-finished'),
    ({ caseId }) => caseId,
  )
  return new Map(
    cases.map((found) => {
      const steps = (finished.get(found.id) ?? []).map(({ execId, doneBy }) => `${execId} by ${doneBy}`)
      return [markerIn(found.title) ?? found.id, `${steps.toSorted().join(', ')} → ${found.outcome}`]
    }),
  )
}

const apiDiesInDecision: Scenario = {
  name: 'api-dies-in-decision',
  rows: [5],
  promise: 'A decision under way when the API is killed is taken once, and a retry is told so.',
  run: async (scene) => {
    await scene.start(20)
    const tasks = await scene.tasks({ kind: 'manual', many: 20, stepId: 'sort' })
    for (const [index, task] of tasks.entries()) {
      await until(async () => scene.stand.isHealthy(), 60_000)
      const deciding = scene.decide(task, { person: sam, action: 'complete', api: scene.stand.apis[0] })
      await sleep(index * 2.5)
      await scene.during({ kind: 'kill', part: 'api-1' }, async () => undefined)
      const outcome = await deciding
      scene.expect(outcome.end === 'ok', {
        invariant: 'I1',
        what: `offset ${index * 2.5} ms ended ${outcome.end}`,
      })
    }
    const lines = scene.history.read()
    const lost = lines.filter((line) => line.line === 'try' && line.status === null).length
    scene.measure(`${lost} of 20 requests lost their connection`)
  },
}

const apiDiesUnderPages: Scenario = {
  name: 'api-dies-under-pages',
  rows: [6],
  promise:
    'Open pages come back at another API after the last change they heard of, without a gap or a double.',
  run: async (scene) => {
    const { stand } = scene
    const people = scene.people()
    // Five for each person is the most that the product allows.
    const pages = [...reviewers, leader].flatMap((person) => Array.from({ length: 4 }, () => person))
    const listening = await Promise.all(pages.map((person) => listenToChanges(stand, { person, at: 0 })))
    const reference = await listenToChanges(stand, { person: leader, at: 1 })
    await scene.start(10)
    await scene.during({ kind: 'kill', part: 'api-1' }, async () => {
      for (const page of listening) page.moveTo(1)
      await scene.start(5)
      await sleep(1_000)
    })
    await scene.start(5)
    await sleep(1_000)
    people.pause()
    // What is heard last tells that everything before it was heard too.
    await until(async () => listening.every((page) => page.last() === reference.last()), 60_000)
    const wanted = reference.heard()
    for (const page of listening) {
      const heard = page.heard().slice(page.heard().indexOf(wanted[0] ?? ''))
      const isSame = heard.join() === wanted.join()
      scene.expect(isSame, {
        invariant: 'I4',
        what: `a page heard ${heard.length} changes, ${wanted.length} happened`,
      })
    }
    scene.measure(`${pages.length} pages heard all of ${wanted.length} changes`)
    for (const page of [...listening, reference]) page.close()
  },
}

const databaseDies: Scenario = {
  name: 'postgresql-dies',
  rows: [7],
  promise:
    'What was acknowledged before PostgreSQL was killed is there afterwards, and everybody reconnects.',
  run: async (scene) => {
    scene.people()
    for (let times = 0; times < 4; times += 1) {
      await scene.start(5)
      const killedAt = Date.now()
      const end = await scene.begin({ kind: 'kill', part: 'postgres' })
      const starting = scene.start(2)
      await sleep(500)
      await end()
      const isBack = await scene.stand.untilHealthy(60_000)
      scene.expect(isBack, { invariant: 'I10', what: 'health does not recover' })
      scene.measure(`healthy ${seconds(Date.now() - killedAt)} after the kill`)
      await starting
    }
  },
}

const frozenWithLock: Scenario = {
  name: 'frozen-with-a-lock',
  rows: [7, 21],
  promise:
    'An API that stands still in the middle of a transaction holds nobody up for longer than half a minute.',
  run: async (scene) => {
    const { apis, programs } = scene.stand
    await scene.start(4)
    const [first, ...others] = await scene.tasks({ kind: 'manual', many: 4, stepId: 'sort' })
    if (first === undefined) throw new Error('there is no task')
    await programs['api-1'].down('SIGKILL')
    programs['api-1'].up({ TL_CHAOS_FREEZE: 'holding-lock' })
    await until(async () => scene.stand.isHealthy(), 60_000)
    scene.history.add({ line: 'fault', what: 'api-1 stands still with a lock', phase: 'begins' })
    const frozen = scene.decide(first, { person: sam, action: 'complete', api: apis[0] })
    const health = { method: 'GET' as const, path: '/api/health', withinMs: 3_000 }
    const isStill = await until(async () => (await scene.client.ask(owner, health, apis[0])) === null, 20_000)
    scene.expect(isStill, { invariant: 'I10', what: 'api-1 never stood still, so nothing was tried' })
    const began = Date.now()
    for (const task of others) {
      const outcome = await scene.decide(task, { person: sam, action: 'complete', api: apis[1] })
      scene.expect(outcome.end === 'ok', {
        invariant: 'I10',
        what: `a decision elsewhere ended ${outcome.end}`,
      })
    }
    const tookMs = Date.now() - began
    scene.measure(`${others.length} decisions at the other API took ${seconds(tookMs)}`)
    scene.expect(tookMs < 45_000, { invariant: 'I10', what: `decisions were held up for ${seconds(tookMs)}` })
    await programs['api-1'].down('SIGKILL')
    programs['api-1'].up()
    scene.history.add({ line: 'fault', what: 'api-1 stands still with a lock', phase: 'ends' })
    await frozen
  },
}

const engineDies: Scenario = {
  name: 'temporal-dies',
  rows: [9],
  promise:
    'Cases in every state go on when Temporal comes back with its state; a timer that fell due fires once.',
  run: async (scene) => {
    const people = scene.people()
    await scene.start(50)
    people.pause()
    await sleep(500)
    const killedAt = Date.now()
    // Longer than decisions are held for undoing, and than deadlines take to pass.
    await scene.during({ kind: 'kill', part: 'temporal' }, async () => sleep(4_000))
    scene.expect(await scene.stand.untilHealthy(60_000), {
      invariant: 'I10',
      what: 'health does not recover',
    })
    scene.measure(`healthy ${seconds(Date.now() - killedAt)} after the kill, 4 s of them down`)
    const { events } = await scene.facts()
    const late = events.filter((event) => event.type === 'sla-breached')
    const keys = new Set(late.map(({ taskId, tier, key }) => `${taskId} ${tier} ${key}`))
    scene.expect(keys.size === late.length, { invariant: 'I6', what: 'a deadline passed twice' })
  },
}

const everythingStops: Scenario = {
  name: 'rolling-restart',
  rows: [10],
  promise: 'A program that is asked to stop finishes what it has and leaves within 20 s with exit code 0.',
  run: async (scene) => {
    scene.people()
    for (const part of ['core', 'api-1', 'ai', 'api-2', 'core', 'ai'] as const) {
      await scene.start(4)
      const askedAt = Date.now()
      scene.history.add({ line: 'fault', what: `restart ${part}`, phase: 'begins' })
      const code = await scene.stand.programs[part].down('SIGTERM')
      const tookMs = Date.now() - askedAt
      scene.stand.programs[part].up()
      scene.expect(code === 0, { invariant: 'I10', what: `${part} left with exit code ${code}` })
      scene.expect(tookMs < 20_000, { invariant: 'I10', what: `${part} took ${seconds(tookMs)} to leave` })
      scene.measure(`${part} left after ${seconds(tookMs)}`)
      await until(async () => scene.stand.isHealthy(), 60_000)
    }
  },
}

const hostRestarts: Scenario = {
  name: 'host-restarts',
  rows: [11],
  promise: 'Everything dies at once and comes back in any order; nothing is lost.',
  run: async (scene) => {
    scene.people()
    const parts: PartName[] = [...serverNames, ...programNames]
    for (const seed of [1, 2, 3]) {
      await scene.start(6)
      const end = await scene.begin({ kind: 'host', order: shuffled(parts, chance(seed)) })
      const diedAt = Date.now()
      await end()
      const isBack = await scene.stand.untilHealthy(90_000)
      scene.expect(isBack, { invariant: 'I10', what: 'health does not recover' })
      scene.measure(`healthy ${seconds(Date.now() - diedAt)} after everything died`)
    }
  },
}

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(1)} s`
}

export const processDeath: Scenario[] = [
  workerDiesInDraft,
  diesAtCommit,
  noWorkers,
  workersDieAgainAndAgain,
  apiDiesInDecision,
  apiDiesUnderPages,
  databaseDies,
  frozenWithLock,
  engineDies,
  everythingStops,
  hostRestarts,
]
