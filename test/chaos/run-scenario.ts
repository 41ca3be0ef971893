import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { chance } from '#samples/chance.ts'
import { Inbox, TaskDetail } from '#domain/views/tasks.ts'
import { factsOf } from './check/check.ts'
import type { Violation } from './check/violation.ts'
import { inject, wordsOf, type Fault } from './faults/fault.ts'
import { finish, type RunResult } from './finish.ts'
import { createClient } from './load/client.ts'
import { valuesFor } from './load/deeds.ts'
import { historyIn, type Outcome } from './load/history.ts'
import { decide, startLoad, type Load } from './load/load.ts'
import { startCase, type Matter } from './load/starts.ts'
import { owner, type Office } from './load/office.ts'
import type { Scenario, Scene } from './scenarios/scenario.ts'
import type { Stand } from './stand/stand.ts'

const tasksWithinMs = 120_000

/** Plays a scenario on a stand of its own, brings all cases to their end, and checks everything. */
export async function runScenario({
  stand,
  office,
  seed,
  scenario,
}: {
  stand: Stand
  office: Office
  seed: number
  scenario: Scenario
}): Promise<RunResult> {
  const history = historyIn(join(stand.home.root, `history-${scenario.name}.jsonl`))
  const { apis, canaries } = stand
  const client = createClient({ apis, canaries, history, next: chance(seed) })
  const violations: Violation[] = []
  const measured: string[] = []
  const shared = { seed, client, history, office, personal: canaries.personal }
  const mark = `case-${seed}-`
  let started = 0
  let load: Load | null = null

  const begin = async (fault: Fault): Promise<() => Promise<void>> => {
    history.add({ line: 'fault', what: wordsOf(fault), phase: 'begins' })
    const end = await inject(stand, fault)
    return async () => {
      await end()
      history.add({ line: 'fault', what: wordsOf(fault), phase: 'ends' })
    }
  }
  const startNext = (matter: Matter, withinMs?: number): Promise<Outcome> => {
    started += 1
    return startCase(shared, { person: owner, n: started, matter, isPatient: true, withinMs })
  }
  const startAll = async (many: number, matter: Matter): Promise<Outcome[]> => {
    const outcomes: Outcome[] = []
    for (let times = 0; times < many; times += 1) outcomes.push(await startNext(matter))
    return outcomes
  }
  const aLetter: Matter = { of: 'letter', amount: 100 }
  const scene: Scene = {
    stand,
    office,
    client,
    history,
    begin,
    during: async (fault, work) => {
      const end = await begin(fault)
      try {
        await work()
      } finally {
        await end()
      }
    },
    start: async (many) => startAll(many, aLetter),
    startAtOnce: async (many, withinMs) =>
      Promise.all(Array.from({ length: many }, () => startNext(aLetter, withinMs))),
    startOrders: async (many) => startAll(many, { of: 'order', lines: 3 }),
    tasks: async (wanted) => openTasks(scene, wanted),
    decide: async (task, { person, action, api, withinMs, decisionId = randomUUID() }) =>
      decide(client, {
        person,
        task,
        body: {
          decisionId,
          taskVersion: task.version,
          shownHash: task.shownHash,
          action,
          values: action === 'complete' || action === 'edit' ? valuesFor(task, canaries.personal) : null,
          reason: action === 'send-back' ? (task.reasons[0] ?? 'Because of the test') : null,
          note: null,
          touchMs: 100,
        },
        ...(api === undefined ? {} : { api }),
        withinMs,
      }),
    people: () => {
      load ??= startLoad({ ...shared, seed: seed + 50_000, most: 0, waiting: 0, commands: false })
      return load
    },
    facts: () => factsOf({ stand, mark }),
    expect: (holds, broken) => {
      if (!holds) violations.push(broken)
    },
    measure: (words) => measured.push(words),
  }

  await scenario.run(scene)
  const finished = await finish({ stand, client, history, load: scene.people(), mark })
  return {
    scenario: scenario.name,
    rows: scenario.rows,
    seed,
    measured,
    ...finished,
    violations: [...violations, ...finished.violations],
  }
}

async function openTasks(
  { client }: Scene,
  { kind, many, stepId }: Parameters<Scene['tasks']>[0],
): Promise<TaskDetail[]> {
  for (const until = Date.now() + tasksWithinMs; Date.now() < until; await sleep(200)) {
    const answer = await client.ask(owner, {
      method: 'GET',
      path: `/api/tasks?view=all&limit=100&kind=${kind}`,
    })
    if (answer?.status !== 200) continue
    const found = Inbox.parse(answer.json).items.filter(
      (item) => stepId === undefined || item.stepId === stepId,
    )
    if (found.length < many) continue
    const details: TaskDetail[] = []
    for (const { id } of found.slice(0, many)) {
      const task = await client.ask(owner, { method: 'GET', path: `/api/tasks/${encodeURIComponent(id)}` })
      if (task?.status === 200) details.push(TaskDetail.parse(task.json))
    }
    if (details.length === many) return details
  }
  throw new Error(`there were never ${many} ${kind} tasks`)
}
