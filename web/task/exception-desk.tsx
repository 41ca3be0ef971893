import { Button } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import {
  IconHandStop,
  IconPlayerSkipForward,
  IconPlayerStop,
  IconRefresh,
  IconTool,
} from '@tabler/icons-react'
import { useState, type ReactElement, type ReactNode } from 'react'
import type { DraftField, TaskAction, TaskDetail } from '#domain/views/tasks.ts'
import { Dialog } from '../ui/dialog.tsx'
import { KeyHint } from '../ui/key-hint.tsx'
import { useKeys } from '../ui/use-keys.ts'
import { FailureCard } from './failure-card.tsx'
import { FieldForm } from './field-form.tsx'
import { Guidance } from './guidance.tsx'
import { useLastDecision } from './last-decision.ts'
import { Notices } from './notices.tsx'
import { panelWords, ReasonPanel, type ReasonedAction } from './reason-panel.tsx'
import { isOutOfReach } from './review-workspace.tsx'
import { followTry } from './tries.ts'
import { TaskBar } from './task-bar.tsx'
import { TaskFacts } from './task-facts.tsx'
import { Toast } from './toast.tsx'
import { useQueue } from './use-queue.ts'
import { useOnDecided, useTaskWork, type TaskWork } from './use-task-work.ts'
import './review-workspace.css'
import './manual-step.css'

/** A case that did not fit: the cause, the data as a form, and five ways on. */
export function ExceptionDesk({ latest }: { latest: TaskDetail }): ReactElement | null {
  const work = useTaskWork(withSources(latest))
  return work === null ? null : <Desk work={work} />
}

/** What went in can be as wrong as what came out: both are mended in the same form. */
function withSources(task: TaskDetail): TaskDetail {
  const outputs = new Set(task.draft.map(({ field }) => field.name))
  const inputs = task.sources
    .filter(({ field }) => !outputs.has(field.name))
    .map(({ field, value }): DraftField => ({
      field,
      value,
      band: 'looks-right',
      says: '',
      evidence: [],
      previous: null,
    }))
  return { ...task, draft: [...task.draft, ...inputs] }
}

function Desk({ work }: { work: TaskWork }): ReactElement {
  const { task, isBusy } = work
  const queue = useQueue(task)
  const [panel, setPanel] = useState<ReasonedAction | null>(null)
  const isOff = isBusy || isOutOfReach(work)
  const inputs = new Set(task.sources.map(({ field }) => field.name))
  const given = task.draft.filter(({ field }) => inputs.has(field.name))
  const wanted = task.draft.filter(({ field }) => !inputs.has(field.name))
  const isMended = Object.keys(work.form.values).length > 0
  useOnDecided(task.id, () => {
    const action = useLastDecision.getState().last?.action
    if (action === 'retry' || action === 'fix-and-retry') {
      const { caseId, caseTitle, stepId, stepTitle, id: taskId, version: taskVersion } = task
      followTry({ caseId, caseTitle, stepId, stepTitle, taskId, taskVersion, at: Date.now() })
    }
    queue.advance()
  })

  function decide(action: TaskAction): void {
    if (isOff || !task.options.includes(action)) return
    const first = work.faults[0]?.name
    if (first === undefined) work.decide({ action })
    else document.getElementById(`field-${first}`)?.focus()
  }

  function open(action: ReasonedAction): void {
    if (!isOff && task.options.includes(action)) setPanel(action)
  }

  useKeys(
    'This exception',
    [
      {
        keys: 'mod+Enter',
        label: 'Mend and try again',
        run: () => decide(isMended ? 'fix-and-retry' : 'retry'),
      },
      { keys: 'a', label: 'Try again as it is', run: () => decide('retry') },
      { keys: 'e', label: 'To the form', run: () => focusOn(task.draft[0]) },
      { keys: 'b', label: 'By hand', run: () => open('by-hand') },
      { keys: 'j', label: 'Next item', run: () => queue.go(queue.next) },
      { keys: 'k', label: 'Previous item', run: () => queue.go(queue.previous) },
    ],
    { busy: isBusy },
  )

  return (
    <div className="manual desk">
      <TaskBar task={task} queue={queue} />
      <Notices work={work} onNext={queue.advance} isLast={queue.next === null} />
      <div className="manual-work desk-work">
        <section className="manual-guide" aria-label="What happened">
          <TaskFacts task={task} />
          {task.failure === null ? <p>{task.why}</p> : <FailureCard failure={task.failure} />}
          <Link to="/cases/$caseId" params={{ caseId: task.caseId }} className="case-link">
            The case’s whole story
          </Link>
          <Guidance guidance={task.guidance} />
        </section>
        <section className="manual-form pane-scroll" aria-label="The case’s data">
          <div className="form-in">
            {given.length > 0 && (
              <>
                <h2>What the step was given</h2>
                <FieldForm work={work} fields={given} />
              </>
            )}
            {wanted.length > 0 && (
              <>
                <h2>What should come out</h2>
                <p className="dim form-note">Fill this in to go on without trying again.</p>
                <FieldForm work={work} fields={wanted} />
              </>
            )}
            {task.draft.length === 0 && <p className="dim">This step has no data of its own.</p>}
          </div>
        </section>
        <section className="ways" aria-labelledby="ways-heading">
          <h2 id="ways-heading">How it goes on</h2>
          <Way
            action="fix-and-retry"
            title="Mend and try again"
            says={isMended ? 'With the values you changed' : 'Change a value first'}
            icon={<IconTool size={16} stroke={1.75} />}
            keys="Ctrl Enter"
            variant="filled"
            isOff={isOff || !isMended}
            {...{ task, isBusy }}
            onClick={() => decide('fix-and-retry')}
          />
          <Way
            action="retry"
            title="Try again as it is"
            says="When the cause was passing"
            icon={<IconRefresh size={16} stroke={1.75} />}
            keys="A"
            isOff={isOff}
            {...{ task, isBusy }}
            onClick={() => decide('retry')}
          />
          <Way
            action="skip"
            title="Skip with these values"
            says="The step counts as done with what the form says; you say why"
            icon={<IconPlayerSkipForward size={16} stroke={1.75} />}
            isOff={isOff}
            {...{ task, isBusy }}
            onClick={() => (work.faults.length > 0 ? decide('skip') : open('skip'))}
          />
          <Way
            action="by-hand"
            title="By hand"
            says="A person does this step"
            icon={<IconHandStop size={16} stroke={1.75} />}
            keys="B"
            isOff={isOff}
            {...{ task, isBusy }}
            onClick={() => open('by-hand')}
          />
          <Way
            action="stop"
            title="Stop the case"
            says="What was done is undone first where the map says how; nothing more happens in it"
            icon={<IconPlayerStop size={16} stroke={1.75} />}
            isOff={isOff}
            {...{ task, isBusy }}
            onClick={() => open('stop')}
          />
          <p className="after num">{task.then}</p>
        </section>
      </div>
      <div className="dock">
        <Toast />
      </div>
      {panel !== null && (
        <Dialog shape="sheet" title={panelWords(panel, task.reasons).title} onClose={() => setPanel(null)}>
          <ReasonPanel
            action={panel}
            reasons={task.reasons}
            isBusy={isBusy}
            onCancel={() => setPanel(null)}
            onSubmit={(why) => {
              setPanel(null)
              work.decide({ action: panel, ...why })
            }}
          />
        </Dialog>
      )}
    </div>
  )
}

function focusOn(draft: DraftField | undefined): void {
  document.getElementById(`field-${draft?.field.name ?? ''}`)?.focus()
}

type WayProps = {
  action: TaskAction
  task: TaskDetail
  title: string
  says: string
  icon: ReactNode
  keys?: string
  variant?: 'filled' | 'default'
  isOff: boolean
  isBusy: boolean
  onClick: () => void
}

function Way(props: WayProps): ReactElement | null {
  const { action, task, title, says, icon, keys, variant = 'default', isOff, isBusy, onClick } = props
  if (!task.options.includes(action)) return null
  return (
    <div className="way">
      <Button
        variant={variant}
        fullWidth
        justify="flex-start"
        leftSection={icon}
        rightSection={keys === undefined ? null : <KeyHint keys={keys} />}
        disabled={isOff}
        loading={isBusy && variant === 'filled'}
        onClick={onClick}
        aria-describedby={`way-${action}`}
      >
        {title}
      </Button>
      <p className="after" id={`way-${action}`}>
        {says}
      </p>
    </div>
  )
}
