import { z } from 'zod'
import { create } from 'zustand'
import { persist } from 'zustand/middleware'
import { FieldValues, type FieldValue } from '#domain/process-map.ts'

/** What a person has done on one task so far. Kept in this browser until it is decided. */
const TaskForm = z.strictObject({
  taskId: z.string(),
  personId: z.string(),
  version: z.int(),
  shownHash: z.string(),
  /** Made once when the form opens; every retry sends it again. */
  decisionId: z.uuid(),
  /** Only fields that the person changed. */
  values: FieldValues,
  checked: z.array(z.string()),
  /** Active time of earlier visits. */
  touchMs: z.number(),
  /** The text was typed on an earlier version of the task. */
  carried: z.boolean(),
  savedAt: z.number(),
})
export type TaskForm = z.infer<typeof TaskForm>

const Kept = z.object({ forms: z.record(z.string(), TaskForm) })
type Forms = z.infer<typeof Kept>
type Opened = { id: string; version: number; shownHash: string }

const keptForMs = 7 * 24 * 60 * 60_000

export const useTaskForms = create<Forms>()(
  persist((): Forms => ({ forms: {} }), {
    name: 'throughline-forms',
    version: 1,
    merge: (persisted, current) => {
      const kept = Kept.safeParse(persisted)
      if (!kept.success) return current
      const fresh = Object.entries(kept.data.forms).filter(
        ([, form]) => form.savedAt > Date.now() - keptForMs,
      )
      return { forms: Object.fromEntries(fresh) }
    },
  }),
)

/**
 * Begins a form, or goes on with the one that is there. When the task has moved on since, what was typed stays,
 * ticks do not: they were about something else.
 */
export function openForm(task: Opened, personId: string): void {
  const there = useTaskForms.getState().forms[task.id]
  const mine = there?.personId === personId ? there : undefined
  if (mine?.version === task.version && mine.shownHash === task.shownHash) return
  put({
    taskId: task.id,
    personId,
    version: task.version,
    shownHash: task.shownHash,
    decisionId: crypto.randomUUID(),
    values: mine?.values ?? {},
    checked: [],
    touchMs: mine?.touchMs ?? 0,
    carried: mine !== undefined && Object.keys(mine.values).length > 0,
    savedAt: Date.now(),
  })
}

/** Opens a task again after an undo, with the text that had been typed. */
export function reopenForm(form: TaskForm, task: { version: number }): void {
  put({ ...form, version: task.version, shownHash: '', savedAt: Date.now() })
}

/** Sets what the person gives for a field; equal to the draft again means unchanged. */
export function changeField(taskId: string, name: string, value: FieldValue, drafted: FieldValue): void {
  update(taskId, (form) => {
    const { [name]: _, ...others } = form.values
    return { ...form, values: value === drafted ? others : { ...others, [name]: value } }
  })
}

export function tickField(taskId: string, name: string, on: boolean): void {
  update(taskId, (form) => {
    const others = form.checked.filter((other) => other !== name)
    return { ...form, checked: on ? [...others, name] : others }
  })
}

export function addTouch(taskId: string, touchMs: number): void {
  update(taskId, (form) => ({ ...form, touchMs: form.touchMs + touchMs }))
}

export function dropText(taskId: string): void {
  update(taskId, (form) => ({ ...form, values: {}, carried: false }))
}

export function closeForm(taskId: string): void {
  useTaskForms.setState(({ forms }) => {
    const { [taskId]: _, ...others } = forms
    return { forms: others }
  })
}

function update(taskId: string, change: (form: TaskForm) => TaskForm): void {
  const form = useTaskForms.getState().forms[taskId]
  if (form !== undefined) put({ ...change(form), savedAt: Date.now() })
}

function put(form: TaskForm): void {
  useTaskForms.setState(({ forms }) => ({ forms: { ...forms, [form.taskId]: form } }))
}
