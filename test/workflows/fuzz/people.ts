import { randomUUID } from 'node:crypto'
import { WorkflowNotFoundError, WorkflowUpdateFailedError } from '@temporalio/client'
import {
  commandUpdate,
  decideUpdate,
  deliverUpdate,
  stopUpdate,
  type ActorRef,
  type CommandArgs,
  type CaseCommand,
  type CommandResult,
  type DecideArgs,
  type DecideResult,
  type DeliverArgs,
  type DeliverResult,
  type OpenTask,
  type TaskAction,
} from '#domain/case-messages.ts'
import type { CasePlan } from '#domain/plan.ts'
import { aDecision, lena, maya, sam, type RunningCase } from '../support/engine.ts'
import { aDocument } from '../support/scripted-work.ts'
import type { Chance } from './chance.ts'
import { sendMove, tryMove, type TriedMove } from './moves.ts'
import type { Version } from './versions.ts'
import type { Seen } from './worker-script.ts'

const people: ActorRef[] = [
  maya,
  sam,
  lena,
  { id: 'noor', name: 'Noor', sample: false },
  { id: 'kim', name: 'Kim', sample: false },
]

/** What was asked of a case, by everybody. */
export type Asked = {
  decided: number
  undone: number
  windows: number
  pauses: number
  commands: number
  messages: number
  refused: number
  /** What was sent and never answered: it may have been taken. */
  lost: number
  /** Decisions that the case said it had taken, and votes that it had counted. */
  applied: string[]
  counted: number
  moves: TriedMove[]
  /** Answers that broke a promise. */
  wrongAnswers: string[]
  /** Looks at the case, which refuses each. */
  looks: number
  /** How the case was told to stop; null when it was not. */
  stopped: { compensate: boolean } | 'cancelled' | null
}

export function nothingAsked(): Asked {
  return {
    decided: 0,
    undone: 0,
    windows: 0,
    pauses: 0,
    commands: 0,
    messages: 0,
    refused: 0,
    lost: 0,
    applied: [],
    counted: 0,
    moves: [],
    wrongAnswers: [],
    looks: 0,
    stopped: null,
  }
}

type Play = { running: RunningCase; versions: Version[]; dice: Chance; seen: Seen; asked: Asked }

/** The people of one case: what they try next, and whether they have had enough of mischief. */
export function peopleOf(play: Play): { act: () => Promise<void> } {
  const { dice } = play
  // In some cases everybody behaves: nothing is refused there, and the budget is exact.
  const wild = dice.under(0.25) ? 0 : 6 + dice.below(14)
  const state: State = { acts: 0, isPaused: false, settled: new Set(), decided: [], sent: [], idle: 0 }
  return {
    act: async () => {
      state.acts += 1
      const isCalm = state.acts > wild * 2
      if (state.isPaused && (isCalm || dice.under(0.4))) await command(play, state, { kind: 'resume' })
      if (wild > 0 && wantsMove(play)) await move(play)
      else if (!isCalm && dice.under(0.3)) await mischief(play, state)
      else await decideSomething(play, state, isCalm)
    },
  }
}

type State = {
  acts: number
  isPaused: boolean
  settled: Set<string>
  /** Decisions that were taken, to be sent again. */
  decided: DecideArgs[]
  /** Messages that were sent, to be sent twice. */
  sent: DeliverArgs[]
  idle: number
}

/** Whatever is refused changes nothing: that is the point of trying. */
async function attempt<T>({ asked }: Play, what: Promise<T>): Promise<T | null> {
  try {
    return await what
  } catch (error) {
    asked.refused += 1
    const isAnswer = error instanceof WorkflowUpdateFailedError || error instanceof WorkflowNotFoundError
    if (!isAnswer) asked.lost += 1
    return null
  }
}

/** What was taken before is known for ever, also in another history. */
async function again({ asked }: Play, what: string, sent: Promise<{ status: string }>): Promise<void> {
  try {
    const { status } = await sent
    if (status !== 'duplicate') asked.wrongAnswers.push(`${what} was ${status} twice`)
  } catch (error) {
    asked.refused += 1
    if (error instanceof WorkflowUpdateFailedError) {
      asked.wrongAnswers.push(`${what} was forgotten: ${error.cause?.message}`)
    }
  }
}

/** The first of these that a task offers leads on. */
const onwards: TaskAction[] = ['approve', 'complete', 'skip', 'by-hand', 'stop']
const writing: TaskAction[] = ['edit', 'complete', 'skip', 'fix-and-retry']

/** A draft that too many have had a hand in finds nobody to approve it: then it is done by hand. */
function wayOn({ options, excluded, need }: OpenTask): TaskAction {
  const mayApprove = people.filter(({ id }) => !excluded.includes(id)).length
  const open = mayApprove < need ? options.filter((each) => each !== 'approve') : options
  return onwards.find((each) => open.includes(each)) ?? 'stop'
}

/** A way on may lead in circles for ever: after so many acts a case that is asked about at the desk is stopped. */
const enough = 600

function decisionOn(
  task: OpenTask,
  { dice, acts, isCalm }: { dice: Chance; acts: number; isCalm: boolean },
): Partial<DecideArgs> {
  const way = acts > enough && task.options.includes('stop') ? 'stop' : wayOn(task)
  const action = isCalm ? way : dice.oneOf(task.options)
  const writes = writing.includes(action)
  return {
    action,
    by: dice.oneOf(people),
    reason: dice.oneOf(['Tone', 'Wrong fact', 'lost']),
    editRef: writes ? aDocument() : null,
    editedFields: writes ? task.outputs : [],
    values: writes
      ? Object.fromEntries(
          task.outputs.map((name) => [name, name.startsWith('urgent') ? dice.under(0.3) : null]),
        )
      : {},
  }
}

async function decideSomething(play: Play, state: State, isCalm: boolean): Promise<void> {
  const { running, dice, seen, asked } = play
  if (state.decided.length > 0 && dice.under(0.04)) return decideAgain(play, dice.oneOf(state.decided))
  const task = await taskToDecide(play, state, isCalm)
  if (task === null) return
  const decision = aDecision(task, decisionOn(task, { dice, acts: state.acts, isCalm }))
  const reply = await attempt(play, running.decide(task, decision))
  if (reply === null) {
    // Too late, somebody's own work, or another version by now.
    if (dice.under(0.3)) seen.tasks.delete(task.taskId)
    return
  }
  asked.decided += 1
  state.decided.push(decision)
  if (reply.status === 'counted') asked.counted += 1
  if (reply.status === 'applied') asked.applied.push(decision.decisionId)
  if (reply.status === 'applied') state.settled.add(`${task.taskId} ${task.version}`)
  if (reply.undoUntil === null) return
  asked.windows += 1
  if (!dice.under(0.3)) return
  const undone = await attempt(play, running.undo(decision.decisionId, decision.by))
  if (undone !== null) asked.undone += 1
}

/** Under another update id: the server knows those of one history, the case those of all. */
async function decideAgain(play: Play, decision: DecideArgs): Promise<void> {
  const { handle } = play.running
  await again(
    play,
    `decision ${decision.decisionId}`,
    handle.executeUpdate<DecideResult, [DecideArgs]>(decideUpdate, { args: [decision] }),
  )
}

async function taskToDecide(play: Play, state: State, isCalm: boolean): Promise<OpenTask | null> {
  const { running, dice, seen, asked } = play
  const early = [...seen.early.values()]
  if (!isCalm && early.length > 0 && dice.under(0.1)) return dice.oneOf(early)
  const known = [...seen.tasks.values()].filter(
    ({ taskId, version }) => !state.settled.has(`${taskId} ${version}`),
  )
  if (known.length > 0) {
    state.idle = 0
    return dice.oneOf(known)
  }
  state.idle += 1
  if (state.idle % 20 !== 0) return null
  asked.looks += 1
  const snapshot = await running.snapshot().catch(() => null)
  const open = snapshot?.openTasks ?? []
  return open.length === 0 ? null : dice.oneOf(open)
}

async function command(play: Play, state: State, what: CaseCommand): Promise<void> {
  const { running, dice, asked } = play
  const args: CommandArgs = { commandId: randomUUID(), by: maya, reason: 'because', ...what }
  const send = async (): Promise<CommandResult> =>
    running.handle.executeUpdate<CommandResult, [CommandArgs]>(commandUpdate, { args: [args] })
  const reply = await attempt(play, send())
  if (reply === null) return
  asked.commands += 1
  if (what.kind === 'pause') {
    state.isPaused = true
    asked.pauses += 1
  }
  if (what.kind === 'resume') state.isPaused = false
  if (dice.under(0.2)) await again(play, `command ${args.commandId}`, send())
}

async function mischief(play: Play, state: State): Promise<void> {
  const { running, dice, asked } = play
  const plan = planOf(play)
  const kind = dice.below(20)
  if (kind < 4) return command(play, state, { kind: 'pause' })
  if (kind < 7) return command(play, state, { kind: 'go-by-hand', stepId: somewhere(plan, dice) })
  if (kind < 9) return command(play, state, { kind: 'come-back', stepId: somewhere(plan, dice) })
  if (kind < 13) {
    asked.looks += 1
    const snapshot = await attempt(play, running.snapshot())
    const stepId = snapshot === null || snapshot.at.length === 0 ? 'nowhere' : dice.oneOf(snapshot.at)
    return command(play, state, {
      kind: 'raise-exception',
      stepId,
      code: dice.oneOf(['lost', 'odd']),
      note: '',
    })
  }
  if (kind < 18) return deliver(play, state)
  if (asked.stopped !== null || !dice.under(0.5)) return
  if (kind === 18) {
    const compensate = dice.under(0.7)
    asked.stopped = { compensate }
    const stop = { stopId: randomUUID(), by: maya, reason: 'enough', compensate }
    const sent = await attempt(play, running.handle.executeUpdate(stopUpdate, { args: [stop] }))
    if (sent === null) asked.stopped = null
  } else if (dice.under(0.3)) {
    asked.stopped = 'cancelled'
    await running.handle.cancel()
  }
}

/** Where the case has moved to, as far as anybody knows, or comes from. */
function planOf({ versions, dice, asked }: Play): CasePlan {
  return dice.oneOf(versions.slice(0, 1 + movesOf(asked).length)).plan
}

/** Mostly while somebody is asked something outside of branches, when it may be possible; not for ever. */
function wantsMove({ versions, dice, seen, asked }: Play): boolean {
  const hopeless = asked.moves.filter(
    ({ answered }) => answered?.startsWith('{') && !/InRegion/.test(answered),
  )
  if (versions.length === 1 || asked.moves.length > 12 || hopeless.length > 2) return false
  const isOutside = [...seen.tasks.values()].some(({ execId }) => !/[/[]/.test(execId))
  return dice.under(isOutside ? 0.3 : 0.02)
}

const patience = 8

function movesOf({ moves }: Asked): TriedMove[] {
  return moves.filter(({ answered }) => answered === 'moving')
}

/** From version to version, to each once; the same order again changes nothing. */
async function move(play: Play): Promise<void> {
  const { running, versions, dice, asked } = play
  const moves = movesOf(asked)
  const [moved] = moves
  if (moved !== undefined && (moves.length === versions.length - 1 || dice.under(0.2))) {
    await again(play, `move ${moved.args.moveId}`, sendMove(running, moved.args))
    return
  }
  // Whether it was taken, nobody can say.
  if (asked.moves.some(({ answered }) => answered === null)) return
  const looks = dice.under(0.5) ? 1 : patience
  asked.looks += looks + 1
  const tried = await attempt(play, tryMove({ running, versions, looks }))
  if (tried === null) return
  asked.moves.push(tried)
  if (tried.answered === 'moving') asked.commands += 1
  else asked.refused += 1
}

/** The whole case, or one step that AI or another system does. */
function somewhere(plan: CasePlan, dice: Chance): string | null {
  const paths = Object.entries(plan.steps).flatMap(([id, step]) =>
    step.kind === 'ai' || step.kind === 'call' ? [id] : [],
  )
  return paths.length === 0 || dice.under(0.4) ? null : dice.oneOf(paths)
}

/** A message that is early, late, sent twice, unknown, or just right. */
async function deliver(play: Play, state: State): Promise<void> {
  const { running, dice, asked } = play
  const plan = planOf(play)
  const waits = [plan, ...Object.values(plan.subs ?? {})]
    .flatMap(({ steps }) => Object.values(steps))
    .flatMap((step) =>
      step.kind === 'wait' && step.message !== null ? [{ message: step.message, outputs: step.outputs }] : [],
    )
  const wait = waits.length === 0 ? null : dice.oneOf(waits)
  const before = state.sent.length > 0 && dice.under(0.3) ? dice.oneOf(state.sent) : null
  const fields = wait?.outputs ?? []
  const args: DeliverArgs = before ?? {
    messageId: randomUUID(),
    message: dice.under(0.1) ? 'nobody-waits' : (wait?.message ?? 'nobody-waits'),
    ref: aDocument('message'),
    fields,
    values: Object.fromEntries(fields.map((name) => [name, dice.under(0.5)])),
  }
  const sent = running.handle.executeUpdate<DeliverResult, [DeliverArgs]>(deliverUpdate, { args: [args] })
  // Another version may know nothing of such a message.
  if (before !== null && asked.moves.length === 0) return again(play, `message ${args.messageId}`, sent)
  if ((await attempt(play, sent)) === null) return
  asked.messages += 1
  state.sent.push(args)
}
