import { Button } from '@mantine/core'
import { useMediaQuery } from '@mantine/hooks'
import { IconCheck, IconCornerUpLeft, IconFileText, IconHandStop, IconMail } from '@tabler/icons-react'
import { useEffect, useState, type ReactElement } from 'react'
import { flushSync } from 'react-dom'
import type { TaskAction, TaskDetail } from '#domain/views/tasks.ts'
import { Dialog } from '../ui/dialog.tsx'
import { useKeys } from '../ui/use-keys.ts'
import { approveWords, DecisionRail, type OpenPanel } from './decision-rail.tsx'
import { tickId, type Comparing } from './draft-field.tsx'
import { DraftPane, nextComparing } from './draft-pane.tsx'
import { Notices } from './notices.tsx'
import { panelWords, ReasonPanel, type ReasonedAction } from './reason-panel.tsx'
import { SourcePane } from './source-pane.tsx'
import { TaskBar } from './task-bar.tsx'
import { useUndo } from './use-undo.ts'
import { Toast } from './toast.tsx'
import { useQueue } from './use-queue.ts'
import { useOnDecided, useTaskWork, type Decision, type TaskWork } from './use-task-work.ts'
import './review-workspace.css'

/** Source beside draft beside decision: read, correct, decide, go on. */
export function ReviewWorkspace({ latest }: { latest: TaskDetail }): ReactElement | null {
  const work = useTaskWork(latest)
  return work === null ? null : <Workspace work={work} />
}

function Workspace({ work }: { work: TaskWork }): ReactElement {
  const { task, isBusy } = work
  const queue = useQueue(task)
  const undo = useUndo()
  const isPhone = useMediaQuery('(max-width: 700px)') ?? false
  const [showing, setShowing] = useState<'draft' | 'source'>('draft')
  const [current, setCurrent] = useState<string | null>(() => firstToLookAt(work))
  const [place, setPlace] = useState(0)
  const [panel, setPanel] = useState<OpenPanel | null>(null)
  const comparable = comparableIn(work)
  const [comparing, setComparing] = useState<Comparing>(() =>
    comparable.includes('previous') ? 'previous' : 'off',
  )
  const comparingNow = comparable.includes(comparing) ? comparing : 'off'
  const isBlocked = isOutOfReach(work)
  useOnDecided(task.id, queue.advance)
  useScrollPadding(isPhone)

  const currentField = task.draft.find(({ field }) => field.name === current) ?? null
  const may = (action: TaskAction): boolean => task.options.includes(action) && !isBlocked

  function look(name: string): void {
    if (name !== current) setPlace(0)
    setCurrent(name)
  }

  function approve(): void {
    const first = work.unchecked[0]?.field.name ?? work.faults[0]?.name
    if (first !== undefined) {
      flushSync(() => {
        setShowing('draft')
        look(first)
      })
      // The tick where there is one to set, otherwise the field itself.
      const tick = document.getElementById(tickId(first))
      ;(tick ?? document.getElementById(`field-${first}`))?.focus()
      return
    }
    const isEdited = Object.keys(work.form.values).length > 0
    if (may(isEdited ? 'edit' : 'approve')) decide({ action: isEdited ? 'edit' : 'approve' })
  }

  function decide(decision: Decision): void {
    if (isBusy || isBlocked) return
    setPanel(null)
    work.decide(decision)
  }

  function edit(): void {
    const name = work.unchecked[0]?.field.name ?? current ?? task.draft[0]?.field.name
    if (name === undefined) return
    // At once: whoever types on would otherwise lose letters, or have them read as commands.
    flushSync(() => {
      setComparing('off')
      setShowing('draft')
      look(name)
    })
    document.getElementById(`field-${name}`)?.focus()
  }

  function open(action: ReasonedAction): void {
    if (may(action)) setPanel({ action, chosen: null })
  }

  function step(by: 1 | -1): void {
    const total = currentField?.evidence.length ?? 0
    if (total > 0) setPlace((at) => (at + by + total) % total)
  }

  useKeys(
    'This item',
    [
      { keys: 'a', label: 'Approve', run: approve },
      { keys: 'e', label: 'Edit', run: edit },
      { keys: 's', label: 'Send back', run: () => open('send-back') },
      { keys: 'b', label: 'By hand', run: () => open('by-hand') },
      { keys: 'r', label: 'Reject', run: () => open('reject') },
      {
        keys: 'd',
        label: 'Show what changed',
        run: () => setComparing(nextComparing(comparingNow, comparable)),
      },
      { keys: '[', label: 'Previous evidence', run: () => step(-1) },
      { keys: ']', label: 'Next evidence', run: () => step(1) },
      { keys: 'j', label: 'Next item', run: () => queue.go(queue.next) },
      { keys: 'k', label: 'Previous item', run: () => queue.go(queue.previous) },
      { keys: 'mod+Enter', label: 'Approve, from any field', run: approve },
      ...task.reasons.slice(0, 9).map((reason, index) => ({
        keys: String(index + 1),
        label: `Send back: ${reason}`,
        run: () => {
          if (may('send-back')) setPanel({ action: 'send-back', chosen: reason })
        },
      })),
    ],
    { busy: isBusy },
  )

  return (
    <div className="review" data-showing={showing}>
      <TaskBar task={task} queue={queue} />
      <Notices work={work} onNext={queue.advance} isLast={queue.next === null} />
      <div className="work">
        <ShowSwitch showing={showing} toCheck={work.unchecked.length} onShow={setShowing} />
        <SourcePane sources={task.sources} current={currentField} place={place} onPlace={setPlace} />
        <DraftPane
          work={work}
          current={current}
          comparing={comparingNow}
          comparable={comparable}
          onCompare={setComparing}
          onLook={look}
          onSeeSource={(name) => {
            look(name)
            setShowing('source')
          }}
        />
        <DecisionRail
          work={work}
          isBlocked={isBlocked}
          panel={panel}
          isPhone={isPhone}
          onPanel={setPanel}
          onApprove={approve}
          onEdit={edit}
          onDecide={decide}
          undo={undo}
        />
      </div>
      <div className="dock">
        <Toast />
        <div className="dock-acts" role="group" aria-label="Decide">
          {task.options.includes('approve') && (
            <Button
              leftSection={<IconCheck size={16} stroke={2} />}
              loading={isBusy}
              disabled={isBlocked}
              onClick={approve}
            >
              {isPhone ? 'Approve' : approveWords(work)}
            </Button>
          )}
          {task.options.includes('send-back') && (
            <Button
              variant="default"
              leftSection={<IconCornerUpLeft size={16} stroke={1.75} />}
              disabled={isBusy || isBlocked}
              onClick={() => open('send-back')}
            >
              Send back
            </Button>
          )}
          {task.options.includes('by-hand') && (
            <Button
              variant="default"
              leftSection={<IconHandStop size={16} stroke={1.75} />}
              disabled={isBusy || isBlocked}
              onClick={() => open('by-hand')}
            >
              By hand
            </Button>
          )}
        </div>
      </div>
      {panel !== null && isPhone && (
        <Dialog
          shape="sheet"
          title={panelWords(panel.action, task.reasons).title}
          onClose={() => setPanel(null)}
        >
          <ReasonPanel
            action={panel.action}
            chosen={panel.chosen}
            reasons={task.reasons}
            isBusy={isBusy}
            onCancel={() => setPanel(null)}
            onSubmit={(given) => decide({ action: panel.action, ...given })}
          />
        </Dialog>
      )}
    </div>
  )
}

/** Nothing can be decided on what is no longer true, or while a decision waits to be sent. */
export function isOutOfReach({ task, newer, sending, refusal }: TaskWork): boolean {
  const gone =
    refusal !== null && ['TaskAlreadyDecided', 'CaseClosing', 'TaskNotFound'].includes(refusal.code)
  return newer !== null || task.status !== 'open' || gone || sending?.status === 'unsent'
}

function firstToLookAt({ task, unchecked }: TaskWork): string | null {
  const first =
    unchecked[0] ?? task.draft.find(({ evidence }) => evidence.length > 0) ?? task.draft[0] ?? null
  return first === null ? null : first.field.name
}

function comparableIn({ task, form }: TaskWork): Comparing[] {
  const hasEarlier =
    task.sentBack?.draft !== undefined &&
    (task.sentBack?.draft !== null || task.draft.some(({ previous }) => previous !== null))
  return [
    ...(Object.keys(form.values).length > 0 ? (['yours'] as const) : []),
    ...(hasEarlier ? (['previous'] as const) : []),
  ]
}

/** On phones the bars stick: what gets the focus is scrolled clear of them. */
function useScrollPadding(isPhone: boolean): void {
  useEffect(() => {
    document.documentElement.style.scrollPadding = isPhone ? '172px 0 140px' : ''
    return () => {
      document.documentElement.style.scrollPadding = ''
    }
  }, [isPhone])
}

type SwitchProps = {
  showing: 'draft' | 'source'
  toCheck: number
  onShow: (showing: 'draft' | 'source') => void
}

/** Narrow screens show one of the two panes. */
function ShowSwitch({ showing, toCheck, onShow }: SwitchProps): ReactElement {
  return (
    <fieldset className="switch">
      <legend className="sr">Show</legend>
      <div className="trough">
        <label>
          <input type="radio" name="show" checked={showing === 'draft'} onChange={() => onShow('draft')} />
          <IconFileText size={16} stroke={1.75} aria-hidden />
          Draft
          {toCheck > 0 && <span className="num warned">{toCheck} to check</span>}
        </label>
        <label>
          <input type="radio" name="show" checked={showing === 'source'} onChange={() => onShow('source')} />
          <IconMail size={16} stroke={1.75} aria-hidden />
          Source
        </label>
      </div>
    </fieldset>
  )
}
