import { useQuery } from '@tanstack/react-query'
import { IconArrowUp, IconChevronDown, IconFilter } from '@tabler/icons-react'
import { useEffect, useEffectEvent, useRef, useState, type ReactElement, type RefObject } from 'react'
import { TaskKind } from '#domain/views/tasks.ts'
import { ask } from '../queries.ts'
import { kindWords } from '../task/words.ts'
import { KeyHint } from '../ui/key-hint.tsx'
import { useKeys } from '../ui/use-keys.ts'
import type { InboxSearch } from './inbox-search.ts'

type FiltersProps = {
  search: InboxSearch
  onChange: (search: InboxSearch) => void
  waiting: number
  onShowWaiting: () => void
}

const typingPauseMs = 250

/** Narrowing the list; all of it stands in the address, so that it can be kept and sent. */
export function InboxFilters({ search, onChange, waiting, onShowWaiting }: FiltersProps): ReactElement {
  const processes = useQuery(ask('processes', {})).data ?? []
  const input = useRef<HTMLInputElement>(null)
  useKeys('List', [{ keys: '/', label: 'Filter', run: () => input.current?.focus() }])
  return (
    <div className="filters" role="group" aria-label="Filters">
      <TextFilter
        key={search.search === undefined ? 'none' : 'some'}
        value={search.search ?? ''}
        input={input}
        onChange={(text) => onChange({ ...search, search: text === '' ? undefined : text })}
      />
      <Choice
        label="Kind"
        value={search.kind ?? ''}
        options={TaskKind.options.map((kind) => ({ value: kind, words: kindWords[kind] }))}
        onChange={(kind) => onChange({ ...search, kind: TaskKind.safeParse(kind).data })}
      />
      {processes.length > 1 && (
        <Choice
          label="Process"
          value={search.processId ?? ''}
          options={processes.map(({ id, name }) => ({ value: id, words: name }))}
          onChange={(processId) =>
            onChange({ ...search, processId: processId === '' ? undefined : processId })
          }
        />
      )}
      {waiting > 0 && (
        <button type="button" className="fresh num phone-only" onClick={onShowWaiting}>
          <IconArrowUp size={14} stroke={2.25} aria-hidden />
          {waiting} new
        </button>
      )}
      <span className="order desk-only">Least time left first</span>
    </div>
  )
}

type TextFilterProps = {
  value: string
  input: RefObject<HTMLInputElement | null>
  onChange: (text: string) => void
}

function TextFilter({ value, input, onChange }: TextFilterProps): ReactElement {
  const [typed, setTyped] = useState(value)
  const apply = useEffectEvent(onChange)
  useEffect(() => {
    if (typed === value) return
    const timer = setTimeout(() => apply(typed), typingPauseMs)
    return () => clearTimeout(timer)
  }, [typed, value])
  return (
    <label className="filter text">
      <IconFilter size={14} stroke={1.75} aria-hidden />
      <span className="sr">Filter by case, step or reason</span>
      <input
        ref={input}
        type="search"
        value={typed}
        maxLength={100}
        placeholder="Filter"
        onChange={(event) => setTyped(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === 'Escape') event.currentTarget.blur()
        }}
      />
      <KeyHint keys="/" />
    </label>
  )
}

type ChoiceProps = {
  label: string
  value: string
  options: { value: string; words: string }[]
  onChange: (value: string) => void
}

function Choice({ label, value, options, onChange }: ChoiceProps): ReactElement {
  return (
    <label className="filter">
      {label}
      <select value={value} onChange={(event) => onChange(event.target.value)}>
        <option value="">any</option>
        {options.map((option) => (
          <option key={option.value} value={option.value}>
            {option.words}
          </option>
        ))}
      </select>
      <IconChevronDown size={14} stroke={1.75} aria-hidden />
    </label>
  )
}
