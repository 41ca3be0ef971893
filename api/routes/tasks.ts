import { isProblem } from '#domain/problems.ts'
import { addExample } from '#store/examples.ts'
import { readTask } from '#store/tasks.ts'
import { inboxOf } from '#store/views/inbox.ts'
import { processDetail } from '#store/views/processes.ts'
import { taskDetail } from '#store/views/task.ts'
import type { Handlers } from '../call.ts'
import { decideTask, decisionState, undoDecision } from '../decide-task.ts'
import { badCursor, limitOf } from '../list-page.ts'

export const taskRoutes: Pick<
  Handlers,
  'inbox' | 'task' | 'readTask' | 'decide' | 'decision' | 'undo' | 'addExample'
> = {
  inbox: async ({ actor, query, now }, { db }) => {
    const page = await inboxOf(db, {
      actor,
      view: query.view ?? 'needs-me',
      processId: query.processId ?? null,
      kind: query.kind ?? null,
      search: query.search?.trim() || null,
      cursor: query.cursor ?? null,
      limit: limitOf(query.limit),
      now,
    })
    return page ?? badCursor
  },
  task: async ({ actor, params, now }, { db }) =>
    (await taskDetail(db, params.taskId, { actor, now })) ?? { code: 'NotFound', what: 'task' },
  readTask: async ({ actor, params }, { db }) => ({ until: await readTask(db, params.taskId, actor.id) }),
  decide: ({ actor, params, body }, deps) => decideTask(deps, actor, { taskId: params.taskId, body }),
  decision: ({ params }, deps) => decisionState(deps, params.decisionId),
  undo: ({ actor, params }, deps) => undoDecision(deps, actor, params.decisionId),
  addExample: async ({ actor, params }, { db }) => {
    const added = await addExample(db, params.decisionId, actor.id)
    if (isProblem(added)) return added
    return (await processDetail(db, added.processId)) ?? { code: 'NotFound', what: 'process' }
  },
}
