import { TextInput } from '@mantine/core'
import { useId, useState, type ReactElement } from 'react'
import { isZone } from '#domain/measure/zone-clock.ts'

type ZoneFieldProps = {
  label: string
  description: string
  value: string
  mayBeEmpty: boolean
  onChange: (zone: string) => void
}

/** A time zone by name, with all names offered while one types. Only a known zone is passed on. */
export function ZoneField({ label, description, value, mayBeEmpty, onChange }: ZoneFieldProps): ReactElement {
  const listId = useId()
  const [typed, setTyped] = useState(value)
  const isKnown = typed === '' ? mayBeEmpty : isZone(typed)
  return (
    <>
      <TextInput
        label={label}
        description={description}
        list={listId}
        placeholder="Europe/Amsterdam"
        value={typed}
        error={isKnown ? undefined : 'Name a zone such as Europe/Amsterdam'}
        onChange={(event) => {
          const zone = event.currentTarget.value
          setTyped(zone)
          if (zone === '' ? mayBeEmpty : isZone(zone)) onChange(zone)
        }}
      />
      <datalist id={listId}>
        {Intl.supportedValuesOf('timeZone').map((zone) => (
          <option key={zone} value={zone} />
        ))}
      </datalist>
    </>
  )
}
