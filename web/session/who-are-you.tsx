import { useEffect, useRef, type ReactElement } from 'react'
import type { Me } from '#domain/views/session.ts'
import { Avatar } from '../ui/avatar.tsx'
import { BrandMark } from '../ui/brand-mark.tsx'
import { usePageTitle } from '../ui/page-title.ts'
import { EmptyState, wordsFor } from '../ui/states.tsx'
import { useSession } from './use-session.ts'
import './who-are-you.css'

const roleWords = { owner: 'Owner', reviewer: 'Reviewer', leader: 'Leader' } as const

/** The first screen of a demo: one click makes you one of three people. */
export function WhoAreYou({ me }: { me: Me }): ReactElement {
  const { signIn } = useSession()
  const heading = useRef<HTMLHeadingElement>(null)
  usePageTitle('Who are you today?')
  useEffect(() => heading.current?.focus(), [])

  if (me.personas.length === 0) {
    return (
      <main className="who">
        <EmptyState page title="You are not signed in">
          This server offers no demo people. Ask whoever runs it for a way in.
        </EmptyState>
      </main>
    )
  }
  return (
    <main className="who">
      <div className="who-in">
        <div className="who-brand">
          <BrandMark size={26} />
          Throughline
        </div>
        <h1 ref={heading} tabIndex={-1}>
          Who are you today?
        </h1>
        <p className="dim">
          Three people share this pilot. You can switch at any time; each sees their own work.
        </p>
        <ul className="who-cards">
          {me.personas.map((persona) => (
            <li key={persona.key}>
              <button
                type="button"
                className="who-card"
                disabled={signIn.isPending}
                onClick={() => signIn.mutate(persona.key)}
              >
                <Avatar name={persona.person.name} />
                <span className="who-card-name">{persona.person.name}</span>
                <span className="who-card-role">{roleWords[persona.role]}</span>
                <span className="who-card-says">{persona.says}</span>
              </button>
            </li>
          ))}
        </ul>
        {signIn.isError && (
          <p role="alert" className="who-error">
            {wordsFor(signIn.error)}
          </p>
        )}
      </div>
    </main>
  )
}
