import { Button } from '@mantine/core'
import {
  IconAlertTriangle,
  IconArrowBackUp,
  IconCheck,
  IconCornerUpLeft,
  IconHandStop,
  IconPencil,
} from '@tabler/icons-react'
import type { ReactElement, ReactNode } from 'react'
import { shareInWords } from '#domain/measure/wording.ts'
import type { TaskAction, TaskDetail } from '#domain/views/tasks.ts'
import { KeyHint } from '../ui/key-hint.tsx'
import { Guidance } from './guidance.tsx'
import { ReasonPanel, type ReasonedAction } from './reason-panel.tsx'
import { TaskFacts } from './task-facts.tsx'
import type { Decision, TaskWork } from './use-task-work.ts'

export type OpenPanel = { action: ReasonedAction; chosen: string | null }

type RailProps = {
  work: TaskWork
  isBlocked: boolean
  panel: OpenPanel | null
  /** Phones show the panel as a sheet instead. */
  isPhone: boolean
  onPanel: (panel: OpenPanel | null) => void
  onApprove: () => void
  onEdit: () => void
  onDecide: (decision: Decision) => void
  undo: { caseTitle: string; run: () => void } | null
}

/** Where the decision is taken, and what one should know for it. */
export function DecisionRail(props: RailProps): ReactElement {
  const { work, isBlocked, panel, isPhone, onPanel, onApprove, onEdit, onDecide, undo } = props
  const { task, isBusy } = work
  const may = (action: TaskAction): boolean => task.options.includes(action)
  const isOff = isBusy || isBlocked
  return (
    <section className="pane rail" aria-labelledby="step-heading">
      <div className="pane-scroll">
        <TaskFacts task={task} />
        <div className="decide" role="group" aria-label="Your decision">
          {may('approve') && (
            <Button
              className="approve desk-only"
              justify="flex-start"
              fullWidth
              leftSection={<IconCheck size={18} stroke={2} />}
              rightSection={<ApproveKeys />}
              loading={isBusy}
              disabled={isBlocked}
              aria-keyshortcuts="a Control+Enter"
              aria-describedby="what-follows what-blocks"
              onClick={onApprove}
            >
              {approveWords(work)}
            </Button>
          )}
          <p className="after num" id="what-follows">
            {task.then}
          </p>
          <Blocking work={work} />
          <div className="two desk-only">
            {may('edit') && (
              <Button
                variant="default"
                justify="space-between"
                leftSection={<IconPencil size={16} stroke={1.75} />}
                rightSection={<KeyHint keys="E" />}
                disabled={isOff}
                aria-keyshortcuts="e"
                onClick={onEdit}
              >
                Edit
              </Button>
            )}
            {may('by-hand') && (
              <Button
                variant="default"
                justify="space-between"
                leftSection={<IconHandStop size={16} stroke={1.75} />}
                rightSection={<KeyHint keys="B" />}
                disabled={isOff}
                aria-keyshortcuts="b"
                aria-expanded={panel?.action === 'by-hand'}
                onClick={() => onPanel({ action: 'by-hand', chosen: null })}
              >
                By hand
              </Button>
            )}
          </div>
          {may('send-back') && (panel === null || isPhone) && (
            <SendBackBox reasons={task.reasons} isOff={isOff} onPanel={onPanel} />
          )}
          {panel !== null && !isPhone && (
            <div className="back open">
              <PanelTitle action={panel.action} />
              <ReasonPanel
                key={panel.action}
                action={panel.action}
                chosen={panel.chosen}
                reasons={task.reasons}
                isBusy={isBusy}
                onCancel={() => onPanel(null)}
                onSubmit={(given) => onDecide({ action: panel.action, ...given })}
              />
            </div>
          )}
          {undo !== null && (
            <Button
              className="desk-only"
              variant="quiet"
              justify="space-between"
              leftSection={<IconArrowBackUp size={16} stroke={1.75} />}
              rightSection={<KeyHint keys="Z" />}
              onClick={undo.run}
            >
              Undo {undo.caseTitle}
            </Button>
          )}
        </div>
        <LocalRecord record={task.record} />
        <Guidance guidance={task.guidance} />
        <div className="other" role="group" aria-label="Other decisions">
          {may('edit') && (
            <Other isPhoneOnly onClick={onEdit} isOff={isOff}>
              Edit
            </Other>
          )}
          {may('reject') && (
            <Other onClick={() => onPanel({ action: 'reject', chosen: null })} isOff={isOff} keys="R">
              Reject
            </Other>
          )}
          {undo !== null && (
            <Other isPhoneOnly onClick={undo.run} isOff={false}>
              Undo {undo.caseTitle}
            </Other>
          )}
        </div>
      </div>
    </section>
  )
}

/** While one types, single keys do nothing: then the hint is the one that works. */
function ApproveKeys(): ReactElement {
  return (
    <>
      <span className="when-reading">
        <KeyHint keys="A" />
      </span>
      <span className="when-typing">
        <KeyHint keys="Ctrl Enter" />
      </span>
    </>
  )
}

export function approveWords({ form, task }: TaskWork): string {
  if (Object.keys(form.values).length > 0) return 'Approve changes'
  return task.need > 1 ? `Approve, ${task.votes.length + 1} of ${task.need}` : 'Approve'
}

function PanelTitle({ action }: { action: ReasonedAction }): ReactElement {
  const words = {
    'send-back': 'Send back',
    reject: 'Reject',
    'by-hand': 'By hand',
    'cannot-complete': 'Stuck',
    skip: 'Skip',
    stop: 'Stop',
  }
  return <h3 className="panel-title">{words[action]}</h3>
}

/** What has to be looked at, or put right, before it can be approved. */
function Blocking({ work }: { work: TaskWork }): ReactElement {
  const { unchecked, faults, task } = work
  const labels = unchecked.map(({ field }) => field.label).join(', ')
  const faulty = faults.map(
    ({ name }) => task.draft.find(({ field }) => field.name === name)?.field.label ?? name,
  )
  return (
    <div id="what-blocks" role="status">
      {unchecked.length > 0 && (
        <p className="after left">
          <IconAlertTriangle size={16} stroke={1.75} aria-hidden />
          <span>
            {unchecked.length} {unchecked.length === 1 ? 'field' : 'fields'} to check first: {labels}
          </span>
        </p>
      )}
      {faulty.length > 0 && (
        <p className="after left">
          <IconAlertTriangle size={16} stroke={1.75} aria-hidden />
          <span>To put right: {faulty.join(', ')}</span>
        </p>
      )}
    </div>
  )
}

type SendBackProps = { reasons: string[]; isOff: boolean; onPanel: (panel: OpenPanel) => void }

function SendBackBox({ reasons, isOff, onPanel }: SendBackProps): ReactElement {
  return (
    <div className="back desk-only" role="group" aria-label="Send back with a reason">
      <Button
        variant="quiet"
        fullWidth
        justify="space-between"
        leftSection={<IconCornerUpLeft size={16} stroke={1.75} />}
        rightSection={<KeyHint keys="S" />}
        disabled={isOff}
        aria-keyshortcuts="s"
        onClick={() => onPanel({ action: 'send-back', chosen: null })}
      >
        Send back
      </Button>
      <div className="reasons">
        {reasons.map((reason, index) => (
          <button
            key={reason}
            type="button"
            className="reason"
            disabled={isOff}
            onClick={() => onPanel({ action: 'send-back', chosen: reason })}
          >
            {index < 9 && <KeyHint keys={String(index + 1)} />}
            {reason}
          </button>
        ))}
      </div>
    </div>
  )
}

type OtherProps = {
  children: ReactNode
  onClick: () => void
  isOff: boolean
  keys?: string
  isPhoneOnly?: boolean
}

function Other({ children, onClick, isOff, keys, isPhoneOnly = false }: OtherProps): ReactElement {
  return (
    <button
      type="button"
      className={isPhoneOnly ? 'other-act phone-only' : 'other-act'}
      disabled={isOff}
      aria-keyshortcuts={keys?.toLowerCase()}
      onClick={onClick}
    >
      {children}
      {keys !== undefined && <KeyHint keys={keys} />}
    </button>
  )
}

/** How drafts of this step fared here: a record of this place, never a model's word about itself. */
function LocalRecord({ record }: { record: TaskDetail['record'] }): ReactElement | null {
  if (record === null) return null
  const n = record.accepted + record.edited + record.sentBack
  if (n === 0) return null
  return (
    <div className="record num">
      <p>
        <b>Kept {shareInWords((record.accepted + record.edited) / n)} of the time here</b>{' '}
        <span className="dim">(n = {n})</span>
      </p>
      <div className="record-bar" aria-hidden="true">
        <i className="kept" style={{ flex: record.accepted }} />
        <i className="edited" style={{ flex: record.edited }} />
        <i className="returned" style={{ flex: record.sentBack }} />
      </div>
      <p className="record-keys">
        <span>
          <i className="kept" aria-hidden="true" />
          {record.accepted} as drafted
        </span>
        <span>
          <i className="edited" aria-hidden="true" />
          {record.edited} edited
        </span>
        <span>
          <i className="returned" aria-hidden="true" />
          {record.sentBack} sent back
        </span>
      </p>
    </div>
  )
}
