import { useQuery } from '@tanstack/react-query'
import type { ReactElement } from 'react'
import type { Health } from '#domain/views/session.ts'
import { ask } from '../queries.ts'

const askEveryMs = 15_000

/** Says when nothing moves by itself, and what that means for the work of people. */
export function AutomationState(): ReactElement | null {
  const health = useQuery({ ...ask('health', {}), refetchInterval: askEveryMs }).data
  const words = health === undefined ? null : pauseWords(health)
  if (words === null) return null
  return (
    <p className="automation-paused" role="status">
      <b>Automation is paused.</b> {words}
    </p>
  )
}

function pauseWords({ parts }: Health): string | null {
  if (!parts.database.ok) return 'The database does not answer. What was decided is kept; new decisions wait.'
  if (!parts.engine.ok) {
    return 'The engine does not answer. Everything can be read; decisions are taken when it is back.'
  }
  return parts.worker.ok ? null : 'No worker takes work. Cases wait where they are and go on by themselves.'
}
