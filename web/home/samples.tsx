import { Button } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useState, type ReactElement } from 'react'
import type { Home } from '#domain/views/session.ts'
import { call } from '../api.ts'
import { wordsFor } from '../ui/states.tsx'

type Sample = Home['samples'][number]

/** Complete processes to look at; each comes and goes with one click. */
export function Samples({ samples }: { samples: Sample[] }): ReactElement | null {
  if (samples.length === 0) return null
  return (
    <section className="home-part" aria-labelledby="samples-heading">
      <h2 id="samples-heading">Samples</h2>
      <p className="dim small">
        Made-up firms with a baseline and a pilot. Nothing in them counts elsewhere.
      </p>
      <ul className="samples">
        {samples.map((sample) => (
          <SampleRow key={sample.key} sample={sample} />
        ))}
      </ul>
    </section>
  )
}

function SampleRow({ sample }: { sample: Sample }): ReactElement {
  const client = useQueryClient()
  const navigate = useNavigate()
  const [said, setSaid] = useState('')
  const make = useMutation({
    mutationFn: () => call('makeSample', { params: { sampleKey: sample.key }, body: {} }),
    onSuccess: async (pilot) => {
      await client.invalidateQueries()
      await navigate({ to: '/pilots/$pilotId', params: { pilotId: pilot.id } })
    },
    onError: (error) => setSaid(wordsFor(error)),
  })
  const remove = useMutation({
    mutationFn: () => call('deleteSample', { params: { sampleKey: sample.key } }),
    onSuccess: async () => {
      setSaid(`${sample.name} is deleted.`)
      await client.invalidateQueries()
    },
    onError: (error) => setSaid(wordsFor(error)),
  })
  const isBusy = make.isPending || remove.isPending
  return (
    <li>
      <span className="sample-name">{sample.name}</span>
      <span className="sample-acts">
        {sample.present && (
          <Button
            variant="quiet"
            size="compact-sm"
            loading={remove.isPending}
            disabled={isBusy}
            onClick={() => remove.mutate()}
          >
            Delete<span className="sr"> {sample.name}</span>
          </Button>
        )}
        <Button
          variant="default"
          size="compact-sm"
          loading={make.isPending}
          disabled={isBusy}
          onClick={() => make.mutate()}
        >
          {sample.present ? 'Make again' : 'Make'}
          <span className="sr"> {sample.name}</span>
        </Button>
      </span>
      <span role="status" className="sample-said">
        {said}
      </span>
    </li>
  )
}
