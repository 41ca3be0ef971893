import { useMantineColorScheme, type MantineColorScheme } from '@mantine/core'
import { IconCheck, IconHelp, IconLogout, IconMoon, IconSun, IconSunMoon } from '@tabler/icons-react'
import { useRef, useState, type ReactElement, type ReactNode } from 'react'
import type { Me } from '#domain/views/session.ts'
import { useSession } from '../session/use-session.ts'
import { Avatar } from './avatar.tsx'
import './person-menu.css'

const schemes: { value: MantineColorScheme; words: string; icon: ReactElement }[] = [
  { value: 'light', words: 'Light', icon: <IconSun size={16} /> },
  { value: 'dark', words: 'Dark', icon: <IconMoon size={16} /> },
  { value: 'auto', words: 'As the device', icon: <IconSunMoon size={16} /> },
]

const roleWords = { owner: 'Owner', reviewer: 'Reviewer', leader: 'Leader' } as const

/** Who one is here, acting as somebody else, and how the page looks. */
export function PersonMenu({ me, onHelp }: { me: Me; onHelp: () => void }): ReactElement | null {
  const { signIn, signOut } = useSession()
  const { colorScheme, setColorScheme } = useMantineColorScheme()
  const panel = useRef<HTMLDivElement>(null)
  const [isOpen, setOpen] = useState(false)
  if (me.person === null) return null
  const { person } = me
  const [first, ...rest] = person.name.split(' ')

  function choose(act: () => void): void {
    panel.current?.hidePopover()
    act()
  }

  return (
    <>
      <button type="button" className="entry" popoverTarget="person-menu" aria-expanded={isOpen}>
        <Avatar name={person.name} />
        <span className="who-name">
          {first} <span className="rest">{rest.join(' ')}</span>
        </span>
        <span className="sr">You: {person.name}. Switch person or look</span>
      </button>
      <div
        ref={panel}
        id="person-menu"
        popover="auto"
        className="person-menu"
        role="group"
        aria-label="Person and look"
        data-open={isOpen ? '' : undefined}
        onToggle={(event) => setOpen(event.newState === 'open')}
      >
        {me.personas.length > 0 && (
          <MenuPart title="Act as">
            {me.personas.map((persona) => (
              <MenuEntry
                key={persona.key}
                icon={<Avatar name={persona.person.name} />}
                isChosen={persona.person.id === person.id}
                note={roleWords[persona.role]}
                onClick={() => choose(() => signIn.mutate(persona.key))}
              >
                {persona.person.name}
              </MenuEntry>
            ))}
          </MenuPart>
        )}
        <MenuPart title="Look">
          {schemes.map((scheme) => (
            <MenuEntry
              key={scheme.value}
              icon={scheme.icon}
              isChosen={scheme.value === colorScheme}
              onClick={() => setColorScheme(scheme.value)}
            >
              {scheme.words}
            </MenuEntry>
          ))}
        </MenuPart>
        <MenuPart title="More">
          <MenuEntry icon={<IconHelp size={16} />} onClick={() => choose(onHelp)}>
            Help and keys
          </MenuEntry>
          <MenuEntry icon={<IconLogout size={16} />} onClick={() => choose(() => signOut.mutate())}>
            Leave
          </MenuEntry>
        </MenuPart>
      </div>
    </>
  )
}

function MenuPart({ title, children }: { title: string; children: ReactNode }): ReactElement {
  return (
    <div className="menu-part" role="group" aria-label={title}>
      <span className="menu-title" aria-hidden="true">
        {title}
      </span>
      {children}
    </div>
  )
}

type EntryProps = {
  icon: ReactNode
  children: string
  note?: string
  isChosen?: boolean
  onClick: () => void
}

function MenuEntry({ icon, children, note, isChosen, onClick }: EntryProps): ReactElement {
  return (
    <button type="button" className="menu-entry" aria-pressed={isChosen} onClick={onClick}>
      <span className="menu-icon">{icon}</span>
      {children}
      {note !== undefined && <span className="menu-note">{note}</span>}
      {isChosen === true && <IconCheck size={16} className="menu-check" aria-hidden />}
    </button>
  )
}
