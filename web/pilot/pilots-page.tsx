import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { ReactElement } from 'react'
import { ask } from '../queries.ts'
import { ErrorState, Loading } from '../ui/states.tsx'

export default function PilotsPage(): ReactElement {
  const pilots = useQuery(ask('pilots', {}))
  if (pilots.isError) return <ErrorState error={pilots.error} what="The pilots could not be loaded" />
  if (pilots.data === undefined) return <Loading />
  return (
    <ul>
      {pilots.data.map((pilot) => (
        <li key={pilot.id}>
          <Link to="/pilots/$pilotId" params={{ pilotId: pilot.id }}>
            {pilot.processName}
          </Link>
        </li>
      ))}
    </ul>
  )
}
