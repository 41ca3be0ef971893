import { IconArrowUpRight } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { ReactElement } from 'react'
import type { StepOf } from '#domain/process-map.ts'
import { ask } from '#web/queries.ts'

/** The process that runs inside a step: its name, and the way to its pilot where there is one to be seen. */
export function OtherProcess({ step }: { step: StepOf<'sub-process'> }): ReactElement {
  const processes = useQuery({ ...ask('processes', {}), staleTime: 300_000 })
  const found = processes.data?.find((process) => process.id === step.processId)
  const words = `${found?.name ?? 'Another process'}, version ${step.version}`
  if (found === undefined || found.pilotId === null) return <span title={words}>{words}</span>
  return (
    <Link
      className="other-process nodrag nopan"
      to="/pilots/$pilotId"
      params={{ pilotId: found.pilotId }}
      title={words}
    >
      <span>{words}</span>
      <IconArrowUpRight size={13} stroke={1.75} aria-hidden />
    </Link>
  )
}
