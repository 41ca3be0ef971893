import { Menu, useMantineColorScheme, type MantineColorScheme } from '@mantine/core'
import { IconCheck, IconHelp, IconLogout, IconMoon, IconSun, IconSunMoon } from '@tabler/icons-react'
import type { ReactElement } from 'react'
import type { Me } from '#domain/views/session.ts'
import { useSession } from '../session/use-session.ts'
import { Avatar } from './avatar.tsx'

const schemes: { value: MantineColorScheme; words: string; icon: ReactElement }[] = [
  { value: 'light', words: 'Light', icon: <IconSun size={16} /> },
  { value: 'dark', words: 'Dark', icon: <IconMoon size={16} /> },
  { value: 'auto', words: 'As the device', icon: <IconSunMoon size={16} /> },
]

/** Who one is here, acting as somebody else, and how the page looks. */
export function PersonMenu({ me, onHelp }: { me: Me; onHelp: () => void }): ReactElement | null {
  const { signIn, signOut } = useSession()
  const { colorScheme, setColorScheme } = useMantineColorScheme()
  if (me.person === null) return null
  const { person } = me
  const [first, ...rest] = person.name.split(' ')
  return (
    <Menu position="top-start" withinPortal shadow="none" returnFocus>
      <Menu.Target>
        <button type="button" className="entry">
          <Avatar name={person.name} />
          <span className="who-name">
            {first} <span className="rest">{rest.join(' ')}</span>
          </span>
          <span className="sr">You: {person.name}. Switch person or look</span>
        </button>
      </Menu.Target>
      <Menu.Dropdown className="menu-people">
        {me.personas.length > 0 && <Menu.Label>Act as</Menu.Label>}
        {me.personas.map((persona) => (
          <Menu.Item
            key={persona.key}
            leftSection={<Avatar name={persona.person.name} />}
            rightSection={persona.person.id === person.id ? <IconCheck size={16} /> : null}
            onClick={() => signIn.mutate(persona.key)}
          >
            {persona.person.name}
            <span className="says">{persona.role}</span>
          </Menu.Item>
        ))}
        <Menu.Divider />
        <Menu.Label>Look</Menu.Label>
        {schemes.map((scheme) => (
          <Menu.Item
            key={scheme.value}
            leftSection={scheme.icon}
            rightSection={scheme.value === colorScheme ? <IconCheck size={16} /> : null}
            onClick={() => setColorScheme(scheme.value)}
          >
            {scheme.words}
          </Menu.Item>
        ))}
        <Menu.Divider />
        <Menu.Item leftSection={<IconHelp size={16} />} onClick={onHelp}>
          Help and keys
        </Menu.Item>
        <Menu.Item leftSection={<IconLogout size={16} />} onClick={() => signOut.mutate()}>
          Leave
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  )
}
