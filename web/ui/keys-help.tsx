import { Switch } from '@mantine/core'
import { useState, type ReactElement } from 'react'
import { Dialog } from './dialog.tsx'
import { areSingleKeysOn, boundKeys, setSingleKeys } from './use-keys.ts'

/** Every key that works on this screen, and the switch that turns single keys off. */
export function KeysHelp({ onClose }: { onClose: () => void }): ReactElement {
  const [groups] = useState(boundKeys)
  const [on, setOn] = useState(areSingleKeysOn)
  return (
    <Dialog title="Help: keys on this screen" onClose={onClose}>
      <div className="keys-switch">
        <Switch
          checked={on}
          label="Single keys decide and move"
          description="Ctrl Enter and ? work in any case"
          onChange={(event) => {
            setOn(event.currentTarget.checked)
            setSingleKeys(event.currentTarget.checked)
          }}
        />
      </div>
      {groups.map(({ group, bindings }) => (
        <section key={group} className="keys-group" aria-label={group}>
          <h3>{group}</h3>
          <dl>
            {bindings.map(({ keys, label }) => (
              <Row key={keys} keys={keys} label={label} />
            ))}
          </dl>
        </section>
      ))}
    </Dialog>
  )
}

function Row({ keys, label }: { keys: string; label: string }): ReactElement {
  const presses = keys.split(/[ +]/).map((key) => (key === 'mod' ? 'Ctrl' : key))
  return (
    <>
      <dt>{label}</dt>
      <dd>
        {presses.map((press) => (
          <kbd key={press} className="key">
            {press.length === 1 ? press.toUpperCase() : press}
          </kbd>
        ))}
      </dd>
    </>
  )
}
