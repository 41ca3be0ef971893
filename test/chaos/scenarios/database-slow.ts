import { setTimeout as sleep } from 'node:timers/promises'
import type { LinkName } from '../stand/links.ts'
import { owner, reviewers, sam } from '../load/office.ts'
import type { Scenario, Scene } from './scenario.ts'
import { triesSince } from './tries.ts'

/** Each piece of a question and each of an answer comes so much later: two seconds for a statement. */
const eachWayMs = 1_000
const slowForMs = 30_000
/** Longer than the product lets any answer take: whoever has none by then hangs. */
const boundMs = 60_000
/** On each API more than may be worked on at a time and wait in turn for as long as one may. */
const askers = { figures: 40, inbox: 40, health: 2 }
const decisions = 40
const starts = 40

type Answers = { status: number | null; retryAfter: string | null }[]

export const databaseSlow: Scenario = {
  name: 'database-slow',
  rows: [22],
  promise:
    'With a database that takes 2 s for each statement whoever is too much is told when to come back, figures first; nothing hangs, and what was acknowledged is kept.',
  run: async (scene) => {
    const { stand, history, office } = scene
    await scene.start(decisions)
    const tasks = await scene.tasks({ kind: 'manual', many: decisions, stepId: 'sort' })
    const links: LinkName[] = ['api-1→postgres', 'api-2→postgres', 'core→postgres', 'ai→postgres']
    const ends: (() => Promise<void>)[] = []
    for (const link of links) {
      ends.push(await scene.begin({ kind: 'link', link, trouble: { does: 'slow', ms: eachWayMs } }))
    }
    const since = Date.now()
    const until = since + slowForMs
    const asking = {
      figures: askAgain(scene, { path: `/api/pilots/${office.atOnce}/canvas`, many: askers.figures, until }),
      inbox: askAgain(scene, { path: '/api/tasks?view=all&limit=20', many: askers.inbox, until }),
      health: askAgain(scene, { path: '/api/health', many: askers.health, until }),
    }
    const deciding = Promise.all(
      tasks.map((task, index) =>
        scene.decide(task, {
          person: reviewers[index % reviewers.length] ?? sam,
          action: 'complete',
          withinMs: boundMs,
        }),
      ),
    )
    const starting = scene.startAtOnce(starts, boundMs)
    await sleep(slowForMs)
    const meanwhile = triesSince(history.read(), since)
    for (const end of ends) await end()
    const endedAt = Date.now()
    scene.expect(await stand.untilHealthy(60_000), { invariant: 'I10', what: 'health does not recover' })
    scene.measure(`healthy ${((Date.now() - endedAt) / 1000).toFixed(1)} s later`)

    const [figures, inbox, health] = await Promise.all([asking.figures, asking.inbox, asking.health])
    for (const [name, answers] of Object.entries({ figures, inbox, health })) {
      scene.measure(`${name}: ${countsOf(answers)}`)
      expectAnswers(scene, name, answers)
    }
    const [ofFigures, ofInbox] = [turnedAwayShare(figures), turnedAwayShare(inbox)]
    scene.expect(ofFigures > ofInbox, {
      invariant: 'I10',
      what: `of those who asked for figures ${ofFigures} were turned away, and ${ofInbox} of those at their inbox`,
    })
    const unheard = health.filter(({ status }) => status !== 200).length
    scene.expect(unheard === 0 && health.length > 0, {
      invariant: 'I10',
      what: `${unheard} of ${health.length} did not hear how the server is`,
    })
    for (const outcome of [...(await deciding), ...(await starting)]) {
      scene.expect(outcome.end === 'ok', {
        invariant: 'I1',
        what: `a decision or a start ended ${outcome.end}`,
      })
    }
    const decided = ofOperations(scene, 'decide')
    const begun = ofOperations(scene, 'start')
    const before = meanwhile.filter(({ id }) => decided.has(id))
    scene.measure(`decisions, meanwhile: ${countsOf(before)}`)
    scene.measure(`starts, meanwhile: ${countsOf(meanwhile.filter(({ id }) => begun.has(id)))}`)
    const tries = triesSince(history.read(), since)
    expectAnswers(
      scene,
      'decisions and starts',
      // The same again while the first is under way is told so.
      tries.filter(({ code }) => code !== 'RequestInFlight'),
    )
    const turnedAway = tries.filter(({ id, status }) => decided.has(id) && status === 429).length
    scene.expect(turnedAway === 0, {
      invariant: 'I10',
      what: `${turnedAway} decisions were turned away for the sake of others`,
    })
  },
}

/** So many people who ask for one thing again and again. */
async function askAgain(
  scene: Scene,
  { path, many, until }: { path: string; many: number; until: number },
): Promise<Answers> {
  const answers: Answers = []
  const one = async (index: number): Promise<void> => {
    const api = scene.stand.apis[index % 2 === 0 ? 0 : 1]
    while (Date.now() < until) {
      const request = { method: 'GET' as const, path, withinMs: boundMs }
      const answer = await scene.client.ask(owner, request, api)
      answers.push({ status: answer?.status ?? null, retryAfter: answer?.retryAfter ?? null })
      await sleep(500)
    }
  }
  await Promise.all(Array.from({ length: many }, (_, index) => one(index)))
  return answers
}

function turnedAwayShare(answers: Answers): number {
  return answers.filter(({ status }) => status === 429).length / Math.max(1, answers.length)
}

const usual: ReadonlySet<number> = new Set([200, 202])
const turnedAway: ReadonlySet<number> = new Set([429, 503])

/** Each is well, or is told when to come back. */
function expectAnswers(scene: Scene, name: string, answers: Answers): void {
  const others = answers.filter(
    ({ status, retryAfter }) =>
      status === null ||
      !(usual.has(status) || (turnedAway.has(status) && /^[1-9]\d*$/.test(retryAfter ?? ''))),
  )
  scene.expect(others.length === 0, {
    invariant: 'I10',
    what: `of ${answers.length} answers to ${name} these were no good: ${countsOf(others)}`,
  })
}

function ofOperations({ history }: Scene, does: 'decide' | 'start'): ReadonlySet<number> {
  const lines = history.read()
  return new Set(
    lines.flatMap((line) => (line.line === 'invoke' && line.operation.does === does ? [line.id] : [])),
  )
}

function countsOf(answers: { status: number | null }[]): string {
  const counts = new Map<string, number>()
  for (const { status } of answers) {
    const name = String(status ?? 'no answer')
    counts.set(name, (counts.get(name) ?? 0) + 1)
  }
  return [...counts].map(([name, many]) => `${many} × ${name}`).join(', ') || 'none'
}
