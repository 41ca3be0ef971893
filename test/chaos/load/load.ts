import { setTimeout as sleep } from 'node:timers/promises'
import { chance, pick, type Chance } from '#samples/chance.ts'
import { Inbox, TaskDetail, type DecisionBody, type TaskSummary } from '#domain/views/tasks.ts'
import type { Client, Person } from './client.ts'
import { manage } from './control.ts'
import { chooseDeed, decisionOn } from './deeds.ts'
import type { History, Outcome } from './history.ts'
import { leader, owner, reviewers, type Office } from './office.ts'
import { impatientMs, patientMs } from './patience.ts'
import type { Running, State } from './running.ts'
import { intake, stopCase } from './starts.ts'

/** People at work, until they are told to stop. */
export type Load = {
  /** Nobody starts or decides anything. What was begun is carried to its end. */
  pause: () => void
  /** Nothing new is started, and every task is decided so that its case ends. */
  calm: () => void
  /** Resolves when everybody has finished what they were at. */
  stop: () => Promise<void>
}

export type LoadOptions = {
  seed: number
  client: Client
  history: History
  office: Office
  /** Words that stand for what is personal. */
  personal: string
  /** Most cases that are started, and how many may be waiting when another one is. */
  most: number
  waiting: number
  /** Whether owners pause cases and pilots, let them go on by hand and move them, while people work. */
  commands: boolean
}

const managers = 2

export function startLoad(options: LoadOptions): Load {
  const state: State = { mood: 'busy', isPaused: false, isStopped: false, waiting: 0 }
  const everybody = [...reviewers, owner, leader]
  const loops = [
    ...everybody.map((person, index) =>
      atDesk(person, options, { state, next: chance(options.seed * 31 + index) }),
    ),
    intake(options, { state, next: chance(options.seed * 31 + 97) }),
    ...Array.from({ length: managers }, (_, index) =>
      manage(options, { state, next: chance(options.seed * 31 + 98 + index) }),
    ),
  ]
  return {
    pause: () => {
      state.isPaused = true
    },
    calm: () => {
      state.mood = 'calm'
      state.isPaused = false
    },
    stop: async () => {
      state.isStopped = true
      await Promise.all(loops)
    },
  }
}

async function atDesk(person: Person, options: LoadOptions, running: Running): Promise<void> {
  const { state, next } = running
  const used: DecisionBody[] = []
  while (!state.isStopped) {
    await sleep((person === leader ? 1_500 : 40) + next() * 160)
    if (state.isPaused || (state.mood === 'calm' && person === leader)) continue
    const item = await findTask(person, options, running)
    const task = item === null ? null : await openTask(person, item.id, options)
    if (task === null || task.status !== 'open') continue
    await workOn(task, { person, options, running, used })
  }
}

async function findTask(
  person: Person,
  { client }: LoadOptions,
  { state, next }: Running,
): Promise<TaskSummary | null> {
  // The leader sees no inbox, and takes what an owner would see.
  const asked = person === leader ? owner : person
  const answer = await client.ask(asked, { method: 'GET', path: '/api/tasks?view=all&limit=20' })
  if (answer?.status !== 200) return null
  const inbox = Inbox.parse(answer.json)
  state.waiting = inbox.counts.all
  const mine = inbox.items.filter((item) => item.kind !== 'exception' || person === owner)
  const exceptions = mine.filter((item) => item.kind === 'exception')
  const from = exceptions.length > 0 && next() < 0.6 ? exceptions : mine
  return from.length === 0 ? null : pick(from, next)
}

async function openTask(person: Person, taskId: string, { client }: LoadOptions): Promise<TaskDetail | null> {
  const path = `/api/tasks/${encodeURIComponent(taskId)}`
  const answer = await client.ask(person === leader ? owner : person, { method: 'GET', path })
  return answer?.status === 200 ? TaskDetail.parse(answer.json) : null
}

type Working = { person: Person; options: LoadOptions; running: Running; used: DecisionBody[] }

async function workOn(task: TaskDetail, { person, options, running, used }: Working): Promise<void> {
  const { client, personal: text } = options
  const { state, next } = running
  const { mood } = state
  const body = decisionOn(task, { mood, text, next })
  if (body === null) return
  const send = (by: Person, sent: DecisionBody, mustFail = false): Promise<Outcome> =>
    decide(client, { person: by, task, body: sent, mustFail, isPatient: mood === 'calm' || next() > 0.08 })
  if (person === leader) return void (await send(leader, body, true))

  switch (chooseDeed(mood, next)) {
    case 'once': {
      const outcome = await send(person, body)
      // An id that came to nothing is free: only one that is taken must be refused for something else.
      if (outcome.end === 'ok') used.push(body)
      if (outcome.end === 'ok' && mood === 'busy' && task.undoSeconds > 0 && next() < 0.15) {
        await undo(client, { person, decisionId: body.decisionId })
      }
      return
    }
    case 'twice':
      return void (await Promise.all([send(person, body), send(person, body)]))
    case 'rivals': {
      const rival = pick(task.kind === 'exception' ? [owner] : reviewers, next)
      const other = decisionOn(task, { mood, text, next })
      return void (await Promise.all([send(person, body), other === null ? null : send(rival, other)]))
    }
    case 'stale':
      return void (await send(person, staleOf(body, next), true))
    case 'reused': {
      const known = used.at(-1)
      if (known !== undefined) await send(person, { ...body, decisionId: known.decisionId }, true)
      return
    }
    case 'stop':
      if (person === owner) await stopCase(client, task.caseId)
  }
}

function staleOf(body: DecisionBody, next: Chance): DecisionBody {
  return next() < 0.5
    ? { ...body, taskVersion: body.taskVersion + 1 }
    : { ...body, shownHash: `${body.shownHash}0` }
}

export async function decide(
  client: Client,
  {
    person,
    task,
    body,
    mustFail = false,
    isPatient = true,
    api,
    withinMs,
  }: {
    person: Person
    task: TaskDetail
    body: DecisionBody
    mustFail?: boolean
    isPatient?: boolean
    api?: string
    withinMs?: number | undefined
  },
): Promise<Outcome> {
  return client.carryOut(
    {
      does: 'decide',
      by: person.id,
      decisionId: body.decisionId,
      caseId: task.caseId,
      taskId: task.id,
      taskVersion: body.taskVersion,
      action: body.action,
      mustFail,
    },
    {
      person,
      request: {
        method: 'POST',
        path: `/api/tasks/${encodeURIComponent(task.id)}/decisions`,
        body,
        withinMs,
      },
      patienceMs: isPatient ? patientMs : impatientMs,
      ...(api === undefined ? {} : { api }),
    },
  )
}

async function undo(
  client: Client,
  { person, decisionId }: { person: Person; decisionId: string },
): Promise<Outcome> {
  return client.carryOut(
    { does: 'undo', by: person.id, decisionId },
    {
      person,
      request: {
        method: 'POST',
        path: `/api/decisions/${decisionId}/undo`,
        body: {},
        key: `undo-${decisionId}`,
      },
      patienceMs: patientMs,
    },
  )
}
