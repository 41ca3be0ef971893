import { Button } from '@mantine/core'
import { IconCheck, IconHandStop, IconPlayerPause, IconPlayerPlay, IconRefresh } from '@tabler/icons-react'
import { useState, type ReactElement } from 'react'
import { durationInWords } from '#domain/measure/wording.ts'
import type { DraftField, TaskDetail } from '#domain/views/tasks.ts'
import { Dialog } from '../ui/dialog.tsx'
import { KeyHint } from '../ui/key-hint.tsx'
import { useNow } from '../ui/time-text.tsx'
import { useKeys } from '../ui/use-keys.ts'
import { FieldForm } from './field-form.tsx'
import { Quoted } from './guidance.tsx'
import { FailureCard } from './failure-card.tsx'
import { Notices } from './notices.tsx'
import { ReasonPanel } from './reason-panel.tsx'
import { isOutOfReach } from './review-workspace.tsx'
import { SourcePane } from './source-pane.tsx'
import { TaskBar } from './task-bar.tsx'
import { TaskFacts } from './task-facts.tsx'
import { Toast } from './toast.tsx'
import { useQueue } from './use-queue.ts'
import { useOnDecided, useTaskWork, type TaskWork } from './use-task-work.ts'
import './review-workspace.css'
import './manual-step.css'

/** Work that a person does: what to do, what it is made of, and the form of what comes out. */
export function ManualStep({ latest }: { latest: TaskDetail }): ReactElement | null {
  const [paused, setPaused] = useState(false)
  const work = useTaskWork(latest, { paused })
  if (work === null) return null
  return <Step work={work} paused={paused} onPause={setPaused} />
}

type StepProps = { work: TaskWork; paused: boolean; onPause: (paused: boolean) => void }

function Step({ work, paused, onPause }: StepProps): ReactElement {
  const { task, isBusy } = work
  const queue = useQueue(task)
  const [isStuck, setStuck] = useState(false)
  const isOff = isBusy || isOutOfReach(work)
  const next = nextMove(work)
  useOnDecided(task.id, queue.advance)

  function done(): void {
    if (isOff) return
    const first = work.faults[0]?.name
    if (first === undefined) work.decide({ action: 'complete' })
    else document.getElementById(`field-${first}`)?.focus()
  }

  useKeys(
    'This step',
    [
      { keys: 'mod+Enter', label: 'Done', run: done },
      { keys: 's', label: 'Stuck', run: () => setStuck(task.options.includes('cannot-complete') && !isOff) },
      { keys: 'p', label: paused ? 'Go on' : 'Pause the timer', run: () => onPause(!paused) },
      { keys: 'e', label: 'To the form', run: () => focusFirst(task.draft) },
      { keys: 'j', label: 'Next item', run: () => queue.go(queue.next) },
      { keys: 'k', label: 'Previous item', run: () => queue.go(queue.previous) },
    ],
    { busy: isBusy },
  )

  return (
    <div className="manual">
      <TaskBar task={task} queue={queue} />
      <Notices work={work} onNext={queue.advance} isLast={queue.next === null} />
      <div className="manual-work">
        <section className="manual-guide" aria-label="How we do this">
          <TaskFacts task={task} />
          <p className="next-move">
            <span className="dim">Next:</span> {next}
          </p>
          {task.failure !== null && <FailureCard failure={task.failure} />}
          <Checklist lines={task.guidance.lines} />
          {task.guidance.goodExample !== null && (
            <Quoted title="A good one" text={task.guidance.goodExample} what="example" />
          )}
          {task.guidance.promptToCopy !== null && (
            <Quoted title="Prompt for your own assistant" text={task.guidance.promptToCopy} what="prompt" />
          )}
        </section>
        <section className="manual-form pane-scroll" aria-labelledby="form-heading">
          <div className="form-in">
            <h2 id="form-heading">{task.draft.length === 0 ? 'Nothing to fill in' : 'What comes out'}</h2>
            {task.draft.length === 0 && (
              <p className="dim">When it is done, say so. Nothing has to be written down here.</p>
            )}
            <FieldForm work={work} fields={task.draft} />
          </div>
        </section>
        <div className="manual-source">
          <SourcePane sources={task.sources} current={null} place={0} onPlace={() => undefined} />
        </div>
      </div>
      <div className="dock step-dock">
        <Toast />
        <div className="step-acts" role="group" aria-label="This step">
          <Timer work={work} paused={paused} onPause={onPause} />
          <p className="after num" id="what-follows">
            {task.then}
          </p>
          {task.options.includes('retry') && (
            <Button
              variant="quiet"
              leftSection={<IconRefresh size={16} stroke={1.75} />}
              disabled={isOff}
              onClick={() => work.decide({ action: 'retry' })}
            >
              Let the AI try again
            </Button>
          )}
          {task.options.includes('cannot-complete') && (
            <Button
              variant="default"
              leftSection={<IconHandStop size={16} stroke={1.75} />}
              rightSection={<KeyHint keys="S" />}
              disabled={isOff}
              onClick={() => setStuck(true)}
            >
              Stuck
            </Button>
          )}
          {task.options.includes('complete') && (
            <Button
              leftSection={<IconCheck size={16} stroke={2} />}
              rightSection={<KeyHint keys="Ctrl Enter" />}
              loading={isBusy}
              disabled={isOff}
              aria-describedby="what-follows"
              aria-keyshortcuts="Control+Enter"
              onClick={done}
            >
              Done
            </Button>
          )}
        </div>
      </div>
      {isStuck && (
        <Dialog shape="sheet" title="Stuck" onClose={() => setStuck(false)}>
          <ReasonPanel
            action="cannot-complete"
            reasons={task.reasons}
            isBusy={isBusy}
            onCancel={() => setStuck(false)}
            onSubmit={(given) => {
              setStuck(false)
              work.decide({ action: 'cannot-complete', ...given })
            }}
          />
        </Dialog>
      )}
    </div>
  )
}

function focusFirst(fields: DraftField[]): void {
  document.getElementById(`field-${fields[0]?.field.name ?? ''}`)?.focus()
}

function nextMove({ task, valueOf }: TaskWork): string {
  const empty = task.draft.find((field) => valueOf(field) === null)
  if (empty !== undefined) return `fill in ${empty.field.label}`
  return task.draft.length === 0 ? 'do it, then press Done' : 'look it over, then press Done'
}

/** Lines to tick off for oneself; they are a memory aid and decide nothing. */
function Checklist({ lines }: { lines: string[] }): ReactElement {
  const [ticked, setTicked] = useState<ReadonlySet<number>>(new Set())
  if (lines.length === 0) {
    return <p className="dim checklist-none">Nobody has written down yet how this is done here.</p>
  }
  return (
    <fieldset className="checklist">
      <legend>
        How we do this{' '}
        <span className="dim num">
          {ticked.size} of {lines.length}
        </span>
      </legend>
      {lines.map((line, index) => (
        <label key={line}>
          <input
            type="checkbox"
            checked={ticked.has(index)}
            onChange={() => setTicked((before) => toggled(before, index))}
          />
          <span>{line}</span>
        </label>
      ))}
    </fieldset>
  )
}

function toggled(set: ReadonlySet<number>, index: number): ReadonlySet<number> {
  const others = new Set(set)
  if (!others.delete(index)) others.add(index)
  return others
}

function Timer({ work, paused, onPause }: StepProps): ReactElement {
  useNow(1_000)
  const ms = work.form.touchMs + work.touch.total()
  const minutes = Math.floor(ms / 60_000) * 60_000
  return (
    <Button
      variant="quiet"
      className="timer"
      leftSection={
        paused ? <IconPlayerPlay size={16} stroke={1.75} /> : <IconPlayerPause size={16} stroke={1.75} />
      }
      rightSection={<KeyHint keys="P" />}
      aria-pressed={paused}
      onClick={() => onPause(!paused)}
    >
      <span className="num">
        {ms < 60_000 ? 'under 1 min' : durationInWords(minutes)}
        {paused ? ', paused' : <span className="so-far"> so far</span>}
      </span>
    </Button>
  )
}
