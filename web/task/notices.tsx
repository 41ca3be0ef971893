import { Button, Loader } from '@mantine/core'
import type { ReactElement, ReactNode } from 'react'
import type { FieldValue } from '#domain/process-map.ts'
import { TaskAction, type TaskDetail } from '#domain/views/tasks.ts'
import type { ProblemBody } from '../api.ts'
import { CopyButton } from '../ui/copy-button.tsx'
import { instantWords } from '../ui/time-text.tsx'
import { DiffText } from './diff-text.tsx'
import { valueWords } from './field-values.ts'
import { deliver, forgetRefusal, removeEntry, type OutboxEntry } from './outbox.ts'
import type { TaskWork } from './use-task-work.ts'
import { didWords } from './words.ts'

type NoticesProps = { work: TaskWork; onNext: () => void; isLast: boolean }

/** What stands between the person and this task: exactly one notice at a time, the gravest first. */
export function Notices({ work, onNext, isLast }: NoticesProps): ReactElement | null {
  const { refusal, sending, newer } = work
  const decided = decidedBy(work.newer ?? work.task, refusal)
  const next = (
    <Button onClick={onNext} data-autofocus>
      {isLast ? 'Back to the inbox' : 'Next item'}
    </Button>
  )
  if (decided !== null && sending === null) {
    return (
      <Notice title={decided} tone="calm" actions={next}>
        <KeptText work={work}>Nothing of yours was sent.</KeptText>
      </Notice>
    )
  }
  if (refusal?.code === 'CaseClosing' || refusal?.code === 'TaskNotFound') {
    return (
      <Notice title="This case has ended in the meantime" tone="calm" actions={next}>
        <KeptText work={work}>There is nothing left to decide.</KeptText>
      </Notice>
    )
  }
  if (newer !== null) return <StaleCard work={work} newer={newer} />
  if (refusal?.code === 'TaskStale') return <FetchingNewer taskId={work.task.id} />
  if (sending?.status === 'unsent') return <UnsentCard entry={sending} />
  if (sending?.status === 'checking') return <CheckingCard />
  if (refusal !== null && refusal.code !== 'ValuesInvalid')
    return <RefusedCard work={work} refusal={refusal} />
  return null
}

type NoticeProps = { title: string; tone: 'calm' | 'warn'; children?: ReactNode; actions?: ReactNode }

function Notice({ title, tone, children, actions }: NoticeProps): ReactElement {
  return (
    <section className="notice" data-tone={tone} role="alert">
      <h2>{title}</h2>
      {children}
      {actions !== undefined && <div className="notice-acts">{actions}</div>}
    </section>
  )
}

/** "Sam Ruiz approved it at 14:02"; null while it is open. */
function decidedBy(task: TaskDetail, refusal: ProblemBody | null): string | null {
  if (refusal?.code === 'TaskAlreadyDecided') {
    const action = TaskAction.safeParse(refusal['action'])
    const did = action.success ? didWords[action.data] : 'decided it'
    const at = typeof refusal['at'] === 'string' ? ` at ${instantWords(refusal['at'])}` : ''
    const by = typeof refusal['by'] === 'string' ? refusal['by'] : 'Somebody'
    return `${by} ${did}${at}, before you`
  }
  if (task.status === 'open') return null
  if (task.decidedBy === null) return 'This is no longer open'
  const { person, action, at } = task.decidedBy
  return `${person.name} ${didWords[action]} at ${instantWords(at)}`
}

/** What the person had typed, to copy; or a sentence when nothing was typed. */
function KeptText({ work, children }: { work: TaskWork; children: string }): ReactElement {
  const typed = Object.entries(work.form.values)
  if (typed.length === 0) return <p>{children}</p>
  return (
    <>
      <p>{children} Your text is kept here until you close this:</p>
      <dl className="kept-text">
        {typed.map(([name, value]) => (
          <TypedField key={name} work={work} name={name} value={value} />
        ))}
      </dl>
    </>
  )
}

function TypedField({
  work,
  name,
  value,
}: {
  work: TaskWork
  name: string
  value: FieldValue
}): ReactElement {
  const known = work.task.draft.find(({ field }) => field.name === name)
  const words = known === undefined ? String(value ?? '') : valueWords(known.field, value)
  return (
    <div>
      <dt>{known?.field.label ?? name}</dt>
      <dd>
        <span>{words === '' ? 'Left empty' : words}</span>
        <CopyButton text={words} what="text" />
      </dd>
    </div>
  )
}

function StaleCard({ work, newer }: { work: TaskWork; newer: TaskDetail }): ReactElement {
  const changes = newer.draft.flatMap(({ field, value }) => {
    const shown = work.task.draft.find((draft) => draft.field.name === field.name)
    const before = shown === undefined ? '' : valueWords(field, shown.value)
    const after = valueWords(field, value)
    return before === after ? [] : [{ field, before, after }]
  })
  const hasText = Object.keys(work.form.values).length > 0
  return (
    <Notice
      title="The draft changed while you were reading"
      tone="warn"
      actions={
        hasText ? (
          <>
            <Button onClick={() => work.showNewer('keep')}>Go on with my text</Button>
            <Button variant="default" onClick={() => work.showNewer('drop')}>
              Take the new draft
            </Button>
          </>
        ) : (
          <Button onClick={() => work.showNewer('keep')}>Read the new draft</Button>
        )
      }
    >
      <p>
        Nothing was decided. {hasText ? 'Your text is kept.' : 'Look at what is different before you decide.'}
      </p>
      {changes.length > 0 && (
        <dl className="kept-text">
          {changes.map(({ field, before, after }) => (
            <div key={field.name}>
              <dt>{field.label}</dt>
              <dd className="prose">
                <DiffText before={before} after={after} />
              </dd>
            </div>
          ))}
        </dl>
      )}
      {changes.length === 0 && <p>The fields are the same; what was shown beside them is not.</p>}
    </Notice>
  )
}

/** The server knows a newer draft than this page, which is on its way. */
function FetchingNewer({ taskId }: { taskId: string }): ReactElement {
  return (
    <Notice
      title="The draft changed while you were reading"
      tone="warn"
      actions={
        <Button variant="default" onClick={() => forgetRefusal(taskId)}>
          Go on reading
        </Button>
      }
    >
      <p>Nothing was decided, and your text is kept. The new draft is being fetched.</p>
    </Notice>
  )
}

function UnsentCard({ entry }: { entry: OutboxEntry }): ReactElement {
  return (
    <Notice
      title="Not sent yet"
      tone="warn"
      actions={
        <>
          <Button onClick={() => void deliver(entry.taskId)}>Send again now</Button>
          <Button variant="default" onClick={() => removeEntry(entry.taskId)}>
            Change my decision
          </Button>
        </>
      }
    >
      <p>
        {entry.words} Your decision is kept in this browser and goes out by itself when the line is back. You
        can close this page.
      </p>
    </Notice>
  )
}

function CheckingCard(): ReactElement {
  return (
    <section className="notice" data-tone="calm" role="status">
      <h2>
        <Loader size={16} /> Your decision has arrived
      </h2>
      <p>
        The case takes a little longer to answer than usual. Nothing is lost; you can go on with other work.
      </p>
    </section>
  )
}

const refusedWords: Record<string, { title: string; text: string }> = {
  SelfApproval: {
    title: 'Somebody else has to approve this',
    text: 'You had a hand in this draft, and this step wants a second pair of eyes. You can still send it back.',
  },
  AlreadyVoted: {
    title: 'You have approved this already',
    text: 'It now waits for another person.',
  },
}

function RefusedCard({ work, refusal }: { work: TaskWork; refusal: ProblemBody }): ReactElement {
  const known = refusedWords[refusal.code]
  return (
    <Notice
      title={known?.title ?? 'This decision was not taken'}
      tone="warn"
      actions={
        <Button variant="default" onClick={() => forgetRefusal(work.task.id)}>
          Close
        </Button>
      }
    >
      <p>{known?.text ?? refusal.detail} Your text is kept.</p>
      {refusal.requestId !== '' && (
        <p className="small">
          Id for help: <code>{refusal.requestId}</code>
        </p>
      )}
    </Notice>
  )
}
