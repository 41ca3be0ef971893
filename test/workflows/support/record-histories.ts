import { mkdir, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { historyToJSON } from '@temporalio/common/lib/proto-utils'
import type { DecideArgs, OpenTaskRequest, OpenTaskResult } from '#domain/case-messages.ts'
import { currentSemantics, type CasePlan } from '#domain/plan.ts'
import { aDecision, eventually, maya, sam, startEngine, type Engine, type RunningCase } from './engine.ts'
import {
  ai,
  aPlan,
  call,
  decision,
  draftAndReview,
  end,
  forEach,
  fork,
  join,
  manual,
  review,
  subProcess,
  wait,
} from './plans.ts'
import { aDocument, aDraft } from './scripted-work.ts'

/**
 * Records one history for each way that a case can go, for the semantics of today:
 * `npx tsx test/workflows/support/record-histories.ts`, or only those named behind it. Histories of older semantics are
 * kept as they are.
 */

const folder = fileURLToPath(new URL('../../histories/', import.meta.url))

const due =
  (ms: number) =>
  ({ task }: OpenTaskRequest): OpenTaskResult => {
    const at = task.dueAt ?? task.openedAt + ms
    return { dueAt: new Date(at).toISOString(), tiers: [new Date(at + 50).toISOString()] }
  }

const scenarios: Record<string, (engine: Engine) => Promise<RunningCase>> = {
  approved: async (engine) => {
    const running = await engine.start(draftAndReview(), { script: { openTask: due(60_000) } })
    await eventually(async () => (await running.snapshot()).openTasks[0]?.dueAt ?? null, 'a deadline')
    await running.decide(await running.task('check'), {})
    return running
  },
  'sent-back-until-the-limit': async (engine) => {
    const running = await engine.start(draftAndReview({ ai: { maxVisits: 2 }, review: { maxVisits: 9 } }))
    for (const visit of [1, 2]) {
      const task = await running.task('check', (found) => found.visit === visit)
      await running.decide(task, { action: 'send-back', reason: 'Tone', note: 'Be kinder' })
    }
    await running.decide(await running.task('draft'), { action: 'retry' })
    await running.decide(await running.task('check', ({ visit }) => visit === 3), {
      action: 'edit',
      editRef: aDocument(),
      editedFields: ['letter'],
    })
    return running
  },
  'late-twice': async (engine) => {
    const running = await engine.start(draftAndReview(), { script: { openTask: due(30) } })
    await eventually(
      async () => ((await running.snapshot()).openTasks[0]?.breaches === 2 ? true : null),
      'two breaches',
    )
    await running.decide(await running.task('check'), {})
    return running
  },
  'late-and-led-away': async (engine) => {
    const plan = draftAndReview({ review: { onError: [{ cause: 'sla-breached', to: 'late' }] } })
    return engine.start(
      { ...plan, steps: { ...plan.steps, late: end('Too late') } },
      { script: { openTask: due(30) } },
    )
  },
  'undone-and-decided-anew': async (engine) => {
    const running = await engine.start(draftAndReview(), { undoMs: 300 })
    const task = await running.task('check')
    const first = aDecision(task, { action: 'reject', reason: 'Tone' })
    await running.decide(task, first)
    await running.undo(first.decisionId, maya)
    await running.decide(await running.task('check', ({ version }) => version === 2), {})
    return running
  },
  'by-hand-after-the-model-failed': async (engine) => {
    const running = await engine.start(draftAndReview(), {
      script: {
        runStep: () => ({
          status: 'failed',
          failure: { cause: 'ai-declined', message: 'It would not.', raw: null },
        }),
      },
    })
    await running.decide(await running.task('draft'), {
      action: 'complete',
      editRef: aDocument(),
      editedFields: ['letter'],
    })
    await running.decide(await running.task('check'), { action: 'by-hand', reason: 'Tone' })
    await running.decide(await running.task('draft', ({ visit }) => visit === 2), {
      action: 'complete',
      editRef: aDocument(),
      editedFields: ['letter'],
    })
    return running
  },
  'voted-edited-voted-anew': async (engine) => {
    const running = await engine.start(draftAndReview({ review: { need: 2, fourEyes: true } }))
    const first = await running.task('check')
    await running.decide(first, { by: maya })
    await running.decide(first, { by: sam, action: 'edit', editRef: aDocument(), editedFields: ['letter'] })
    const second = await running.task('check', ({ version }) => version === 2)
    await running.decide(second, { by: maya })
    await running.decide(second, { by: { id: 'noor', name: 'Noor', sample: false } })
    return running
  },
  'rules-and-the-desk': async (engine) => {
    const plan = aPlan(
      {
        read: ai({ next: 'big', outputs: ['amount'] }),
        big: decision([{ when: 'amount > 5000', to: 'sign' }], 'done'),
        sign: manual({ next: 'done', onError: [{ cause: 'business:lost', to: 'lost' }] }),
        lost: end('Lost'),
        done: end(),
      },
      { amount: 'double' },
    )
    const running = await engine.start(plan, {
      script: { runStep: () => aDraft(['amount'], { amount: null }) },
    })
    await running.decide(await running.task('big'), {
      action: 'fix-and-retry',
      editRef: aDocument(),
      editedFields: ['amount'],
      values: { amount: 9_000 },
    })
    await running.decide(await running.task('sign'), { action: 'cannot-complete', reason: 'lost' })
    return running
  },
  'stopped-at-a-gate': async (engine) => {
    const running = await engine.start(draftAndReview())
    await running.task('check')
    await running.stop('Client left')
    return running
  },
  'cancelled-from-outside': async (engine) => {
    const running = await engine.start(draftAndReview(), { undoMs: 60_000 })
    await running.decide(await running.task('check'), {})
    await running.handle.cancel()
    return running
  },
  'continued-after-a-cut': async (engine) => {
    const plan = aPlan({
      draft: ai({ next: 'check' }),
      check: review('draft', { next: 'done', need: 202 }),
      done: end(),
    })
    const running = await engine.start(plan)
    const voter = (number: number): { id: string; name: string; sample: boolean } => ({
      id: `p${number}`,
      name: `P${number}`,
      sample: false,
    })
    const first = await running.task('check')
    for (let number = 0; number < 200; number += 1) await running.decide(first, { by: voter(number) })
    const second = await running.task('check', ({ version }) => version === 2)
    for (let number = 200; number < 202; number += 1) await running.decide(second, { by: voter(number) })
    return running
  },
  'branches-and-the-first-of-two': async (engine) => {
    const plan = aPlan({
      split: fork(['draft', 'inner'], 'both'),
      draft: ai({ next: 'check' }),
      check: review('draft', { next: 'both' }),
      inner: fork(['ask', 'look'], 'either'),
      ask: manual({ next: 'either' }),
      look: manual({ next: 'either' }),
      either: join('both', { waitsFor: 'any' }),
      both: join('done'),
      done: end(),
    })
    const running = await engine.start(plan)
    await running.task('look')
    await running.decide(await running.task('ask'), complete)
    await running.decide(await running.task('check'), { action: 'send-back', reason: 'Tone' })
    await running.decide(await running.task('check', ({ visit }) => visit === 2), {})
    return running
  },
  'a-list-with-a-failed-entry': async (engine) => {
    const plan = aPlan(
      {
        each: forEach('draft', 'all', {
          gather: [{ from: 'amount', into: 'amounts' }],
          outputs: ['amounts', 'failed'],
          failedCount: 'failed',
          maxParallel: 2,
        }),
        draft: ai({ next: 'big', outputs: ['amount'] }),
        big: decision([{ when: 'amount > 10', to: 'sign' }], 'all'),
        sign: manual({ next: 'all' }),
        all: join('done'),
        done: end(),
      },
      { amount: 'double' },
    )
    const running = await engine.start(plan, {
      fields: { lines: aDocument('lines') },
      script: {
        runStep: ({ stepId, gathers, execId }) => {
          if (gathers !== undefined) return aDraft(['amounts', 'failed'])
          if (stepId === 'each') return { status: 'split', list: aDocument('lines'), items: 3 }
          const amounts = new Map([
            ['draft[0]#1', 5],
            ['draft[1]#1', null],
            ['draft[2]#1', 50],
          ])
          return aDraft(['amount'], { amount: amounts.get(execId) ?? null })
        },
      },
    })
    await running.decide(await running.task('sign'), complete)
    return running
  },
  'waited-messaged-and-late': async (engine) => {
    const plan = aPlan({
      pause: wait('papers'),
      papers: wait('more', { message: 'papers', onError: [{ cause: 'timed-out', to: 'late' }] }),
      more: wait('done', { message: 'more', onError: [{ cause: 'timed-out', to: 'late' }] }),
      late: end('Too late'),
      done: end(),
    })
    const running = await engine.start(plan, {
      script: {
        runStep: ({ stepId }) => ({
          status: 'waits',
          until: new Date(Date.now() + (stepId === 'papers' ? 60_000 : 200)).toISOString(),
        }),
      },
    })
    await running.deliver('papers')
    return running
  },
  'paused-by-hand-and-back': async (engine) => {
    const running = await engine.start(
      aPlan({ draft: ai({ next: 'ask' }), ask: call({ next: 'done' }), done: end() }),
      { control: { paused: false, byHand: true, byHandSteps: [] }, script: { openTask: due(60_000) } },
    )
    const task = await running.task('draft')
    await running.command({ kind: 'pause' })
    await running.decide(task, complete)
    await running.command({ kind: 'resume' })
    await running.task('ask')
    await running.command({ kind: 'come-back', stepId: null })
    return running
  },
  'does-not-fit': async (engine) => {
    const running = await engine.start(draftAndReview())
    await running.task('check')
    await running.command({ kind: 'raise-exception', stepId: 'check', code: 'odd', note: 'Odd' })
    const desk = await running.task('check', ({ kind }) => kind === 'exception')
    await running.decide(desk, { action: 'retry' })
    await running.decide(await running.task('check', ({ taskId }) => taskId.endsWith('.r1')), {})
    return running
  },
  'stopped-and-undone': async (engine) => {
    const plan = aPlan({
      book: call({ next: 'tell' }),
      tell: manual({ next: 'last' }),
      last: manual({ next: 'done' }),
      cancel: call(),
      untell: manual(),
      done: end(),
    })
    const running = await engine.start({ ...plan, undo: { book: 'cancel', tell: 'untell' } })
    await running.decide(await running.task('tell'), complete)
    await running.task('last')
    await running.stop('Client left', { compensate: true })
    await running.decide(await running.task('untell'), complete)
    return running
  },
  'stopped-inside-another-map': async (engine) => {
    const { ir: _, semantics: __, ...sub } = draftAndReview()
    const plan = aPlan({
      book: call({ next: 'inner' }),
      inner: subProcess('letters@1', { next: 'done' }),
      cancel: call(),
      done: end(),
    })
    const subs = { 'letters@1': { ...sub, mapId: 'letters' } }
    const running = await engine.start({ ...plan, undo: { book: 'cancel' }, subs })
    await running.task('check')
    await running.stop('Client left', { compensate: true })
    return running
  },
  'another-map-inside': async (engine) => {
    const { ir: _, semantics: __, ...sub } = draftAndReview()
    const plan = aPlan({ inner: subProcess('letters@1', { next: 'done' }), done: end() })
    const running = await engine.start({ ...plan, subs: { 'letters@1': { ...sub, mapId: 'letters' } } })
    await running.decide(await running.task('check'), {})
    return running
  },
  'late-at-the-desk': async (engine) => {
    const running = await engine.start(aPlan({ ask: call({ next: 'done', outputs: [] }), done: end() }), {
      script: {
        runStep: () => ({ status: 'failed', failure: { cause: 'call-refused', message: 'No.', raw: null } }),
        openTask: due(30),
      },
    })
    await eventually(
      async () => ((await running.snapshot()).openTasks[0]?.breaches === 2 ? true : null),
      'two breaches',
    )
    await running.decide(await running.task('ask'), { action: 'skip' })
    return running
  },
  'moved-to-another-version': async (engine) => {
    const running = await engine.start(draftAndReview())
    await running.task('check')
    const { check, ...others } = draftAndReview().steps
    if (check === undefined) throw new Error('the plan has no gate')
    await running.idle()
    await running.move(
      { ...aPlan({ ...others, gate: check }), start: 'draft', version: 2 },
      { check: 'gate' },
    )
    await running.decide(await running.task('gate'), {})
    return running
  },
  'moved-back-to-a-former-name': async (engine) => {
    const written = (name: string, version: number): CasePlan => ({
      ...aPlan({ [name]: manual({ next: 'done', outputs: ['letter'] }), done: end() }),
      version,
    })
    const running = await engine.start(written('write', 1))
    await running.task('write')
    await running.idle()
    await running.move(written('compose', 2), { write: 'compose' })
    await running.task('compose')
    await running.idle()
    await running.move(written('write', 3), { compose: 'write' })
    await running.decide(await running.task('write', ({ version }) => version === 3), complete)
    return running
  },
  'moved-while-it-stood-still': async (engine) => {
    const plan = aPlan({ write: manual({ next: 'done', outputs: ['letter'] }), done: end() })
    const running = await engine.start(plan, { script: { openTask: due(60_000) } })
    await running.task('write')
    await running.idle()
    await running.command({ kind: 'pause' })
    await running.move({ ...plan, version: 2 })
    const again = await running.task('write', ({ version }) => version === 2)
    await running.idle()
    await running.command({ kind: 'resume' })
    await running.decide(again, complete)
    return running
  },
}

const complete: Partial<DecideArgs> = {
  action: 'complete',
  editRef: aDocument(),
  editedFields: ['letter'],
}

const engine = await startEngine()
await mkdir(folder, { recursive: true })
const wanted = process.argv.slice(2)
for (const [name, play] of Object.entries(scenarios)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue
  const running = await play(engine)
  await running.result().catch(() => undefined)
  const { history } = await running.history()
  await writeFile(`${folder}s${currentSemantics}-${name}.json`, `${historyToJSON(history)}\n`)
  console.log(`${name}: ${history.events?.length ?? 0} events`)
}
await engine.close()
process.exit(0)
