import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useEffect, useEffectEvent, useLayoutEffect, useState } from 'react'
import { z } from 'zod'
import { InputProblem } from '#domain/problems.ts'
import type { FieldValue, FieldValues } from '#domain/process-map.ts'
import type { DraftField, TaskAction, TaskDetail } from '#domain/views/tasks.ts'
import { call, type ProblemBody } from '../api.ts'
import { useMe } from '../ui/use-me.ts'
import { useTouchTime } from '../ui/use-touch-time.ts'
import { faultOf } from './field-values.ts'
import { useLastDecision } from './last-decision.ts'
import { forgetRefusal, postDecision, useOutbox, type OutboxEntry } from './outbox.ts'
import {
  addTouch,
  changeField,
  dropText,
  openForm,
  tickField,
  useTaskForms,
  type TaskForm,
} from './task-forms.ts'

export type Decision = { action: TaskAction; reason?: string; note?: string }

/** One task as it is worked on: what is shown, what was typed, and what became of the decision. */
export type TaskWork = {
  /** Stays what it was when it was opened, until the person asks for the newer one. */
  task: TaskDetail
  /** The task as it is now, when that is no longer what is shown. */
  newer: TaskDetail | null
  form: TaskForm
  valueOf: (field: DraftField) => FieldValue
  isChanged: (name: string) => boolean
  change: (field: DraftField, value: FieldValue) => void
  tick: (name: string, on: boolean) => void
  /** Fields that ask for a look and have neither a tick nor a new value. */
  unchecked: DraftField[]
  faults: { name: string; words: string }[]
  decide: (decision: Decision) => void
  sending: OutboxEntry | null
  refusal: ProblemBody | null
  isBusy: boolean
  showNewer: (text: 'keep' | 'drop') => void
  touch: { total: () => number }
}

const readingEveryMs = 120_000

export function useTaskWork(latest: TaskDetail, { paused = false } = {}): TaskWork | null {
  const [shown, setShown] = useState(latest)
  const isNewer = latest.version !== shown.version || latest.shownHash !== shown.shownHash
  const task = isNewer ? shown : latest
  const personId = useMe()?.person?.id ?? ''
  const form = useFormOf(task)
  const sending = useOutbox(({ entries }) => entries[task.id]) ?? null
  const refusal = useOutbox(({ refusals }) => refusals[task.id]) ?? null
  const touch = useTouchTime({ paused })
  useReading(task)
  useFreshAfter(refusal, task.id)

  const { id, version, shownHash } = task
  useLayoutEffect(() => openForm({ id, version, shownHash }, personId), [id, version, shownHash, personId])
  useEffect(() => () => addTouch(id, touch.total()), [id, touch])

  if (form === null) return null

  const valueOf = (field: DraftField): FieldValue => {
    const given = form.values[field.field.name]
    return given === undefined ? field.value : given
  }
  const isChanged = (name: string): boolean => form.values[name] !== undefined
  const serverFaults = faultsIn(refusal)

  function decide({ action, reason, note }: Decision): void {
    const current = useTaskForms.getState().forms[task.id]
    if (current === undefined) return
    void postDecision({
      taskId: task.id,
      personId,
      caseTitle: task.caseTitle,
      undoSeconds: task.undoSeconds,
      body: {
        decisionId: current.decisionId,
        taskVersion: current.version,
        shownHash: current.shownHash,
        action,
        values: valuesFor(action, task, current.values),
        reason: reason ?? null,
        note: note === undefined || note.trim() === '' ? null : note.trim(),
        touchMs: Math.min(86_400_000, current.touchMs + touch.total()),
      },
    })
  }

  return {
    task,
    newer: isNewer ? latest : null,
    form,
    valueOf,
    isChanged,
    change: (field, value) => changeField(task.id, field.field.name, value, field.value),
    tick: (name, on) => tickField(task.id, name, on),
    unchecked: task.draft.filter(
      ({ field, band }) =>
        band === 'check-this' && !form.checked.includes(field.name) && !isChanged(field.name),
    ),
    faults: [
      ...task.draft.flatMap((field) => {
        const words = isChanged(field.field.name) ? faultOf(field.field, valueOf(field)) : null
        return words === null ? [] : [{ name: field.field.name, words }]
      }),
      ...serverFaults,
    ],
    decide,
    sending,
    refusal,
    isBusy: sending !== null && sending.status !== 'unsent',
    showNewer: (text) => {
      if (text === 'drop') dropText(task.id)
      forgetRefusal(task.id)
      setShown(latest)
    },
    touch,
  }
}

/**
 * What goes with a decision: the whole form where the fields are decided on, only what was typed where something
 * is mended, nothing where nothing was.
 */
function valuesFor(action: TaskAction, task: TaskDetail, typed: FieldValues): FieldValues | null {
  switch (action) {
    case 'edit':
    case 'complete':
    case 'skip': {
      const drafted = Object.fromEntries(task.draft.map(({ field, value }) => [field.name, value]))
      return { ...drafted, ...typed }
    }
    case 'fix-and-retry':
      return Object.keys(typed).length === 0 ? null : typed
    case 'approve':
    case 'send-back':
    case 'reject':
    case 'by-hand':
    case 'cannot-complete':
    case 'retry':
    case 'stop':
      return null
  }
}

const Errors = z.array(InputProblem)

function faultsIn(refusal: ProblemBody | null): { name: string; words: string }[] {
  if (refusal?.code !== 'ValuesInvalid') return []
  const errors = Errors.safeParse(refusal['errors'])
  if (!errors.success) return []
  return errors.data.map(({ field, message, mend }) => ({
    name: field.split('.').at(-1) ?? field,
    words: `${message}: ${mend}`,
  }))
}

/** The form of exactly what is shown. Once decided it is put away, but stays in sight until one moves on. */
function useFormOf({ id, version, shownHash }: TaskDetail): TaskForm | null {
  const stored = useTaskForms(({ forms }) => forms[id])
  const [last, setLast] = useState<TaskForm | null>(null)
  const isOf = (form: TaskForm | null): boolean => form?.version === version && form.shownHash === shownHash
  if (stored !== undefined && stored !== last && isOf(stored)) {
    setLast(stored)
    return stored
  }
  return isOf(last) ? last : null
}

const meansChanged: ReadonlySet<string> = new Set(['TaskStale', 'TaskAlreadyDecided', 'CaseClosing'])

/** A refusal because the task has moved on: asks for it as it is now. */
function useFreshAfter(refusal: ProblemBody | null, taskId: string): void {
  const client = useQueryClient()
  const isStale = refusal !== null && meansChanged.has(refusal.code)
  useEffect(() => {
    if (!isStale) return
    void client.invalidateQueries({ queryKey: ['task', { params: { taskId } }] })
    void client.invalidateQueries({ queryKey: ['inbox'] })
  }, [client, isStale, taskId])
}

/** Tells others that this is being read, as long as it is in view. */
function useReading(task: TaskDetail): void {
  const { mutate } = useMutation({
    mutationFn: (taskId: string) => call('readTask', { params: { taskId }, body: {} }),
  })
  const isOpen = task.status === 'open'
  useEffect(() => {
    if (!isOpen) return
    const tell = (): void => {
      if (!document.hidden) mutate(task.id)
    }
    tell()
    const timer = setInterval(tell, readingEveryMs)
    return () => clearInterval(timer)
  }, [isOpen, task.id, mutate])
}

/** Calls back once the decision on this task has been taken. */
export function useOnDecided(taskId: string, then: () => void): void {
  const [openedAt] = useState(() => Date.now())
  const decidedAt = useLastDecision(({ last }) => (last?.taskId === taskId ? last.at : 0))
  const onDecided = useEffectEvent(then)
  useEffect(() => {
    if (decidedAt >= openedAt) onDecided()
  }, [decidedAt, openedAt])
}
