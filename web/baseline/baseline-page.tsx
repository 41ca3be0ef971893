import { Button, Progress } from '@mantine/core'
import { IconArrowLeft } from '@tabler/icons-react'
import { useMutation, useQuery } from '@tanstack/react-query'
import { Link, useParams } from '@tanstack/react-router'
import { useEffect, useRef, useState, type ReactElement } from 'react'
import type { ProcessMap } from '#domain/process-map.ts'
import type { Baseline, Upload } from '#domain/views/baselines.ts'
import type { ProcessDetail } from '#domain/views/processes.ts'
import { ask } from '#web/queries.ts'
import { SampleLabel } from '#web/ui/labels.tsx'
import { usePageTitle } from '#web/ui/page-title.ts'
import { EmptyState, ErrorState, wordsFor } from '#web/ui/states.tsx'
import { dayWords } from '../pilot/durations.ts'
import { FileDrop } from '../start/file-drop.tsx'
import './baseline.css'
import { BaselineFigures } from './baseline-figures.tsx'
import { ImportLog } from './import-log.tsx'
import { uploadFile } from './upload-file.ts'
import { PageLoading } from '../pilot/page-loading.tsx'

/** How a process ran by hand: import a log of it, see what it says, use it for the pilot. */
export default function BaselinePage(): ReactElement {
  const { processId } = useParams({ from: '/processes/$processId/baseline' })
  const process = useQuery(ask('process', { params: { processId } }))
  const baselines = useQuery(ask('baselines', { params: { processId } }))
  const version = process.data?.publishedVersion ?? null
  const published = useQuery({
    ...ask('mapVersion', { params: { processId, version: String(version ?? 0) } }),
    enabled: version !== null,
  })
  usePageTitle(process.data === undefined ? 'Baseline' : `Baseline of ${process.data.name}`)
  const map = version === null ? (process.data?.draft ?? undefined) : published.data?.map
  const failed = [process, baselines, published].find((asked) => asked.isError)
  if (failed !== undefined) {
    return (
      <>
        <h1 className="sr">Baseline</h1>
        <ErrorState
          error={failed.error}
          what="The baseline could not be loaded"
          onRetry={() => void Promise.all([process.refetch(), baselines.refetch(), published.refetch()])}
        />
      </>
    )
  }
  if (process.data === undefined || baselines.data === undefined || (version !== null && map === undefined)) {
    return <PageLoading title="Baseline" rows={5} />
  }
  return (
    <>
      <PageBar process={process.data} />
      {map === undefined ? (
        <EmptyState title="This process has no map yet">
          A log is matched with the steps of the map, so the map comes first.
        </EmptyState>
      ) : (
        <BaselineWork process={process.data} map={map} baselines={baselines.data} />
      )}
    </>
  )
}

function PageBar({ process }: { process: ProcessDetail }): ReactElement {
  return (
    <header className="page-bar">
      {process.pilotId !== null && (
        <Link
          className="baseline-back"
          to="/pilots/$pilotId"
          params={{ pilotId: process.pilotId }}
          aria-label={`Back to ${process.name}`}
        >
          <IconArrowLeft size={18} stroke={1.75} aria-hidden />
        </Link>
      )}
      <h1>Baseline of {process.name}</h1>
      {process.sample && <SampleLabel />}
    </header>
  )
}

type BaselineWorkProps = { process: ProcessDetail; map: ProcessMap; baselines: Baseline[] }

function BaselineWork({ process, map, baselines }: BaselineWorkProps): ReactElement {
  const pilotId = process.pilotId
  const pilot = useQuery({
    ...ask('pilot', { params: { pilotId: pilotId ?? '' } }),
    enabled: pilotId !== null,
  })
  const [upload, setUpload] = useState<Upload | null>(null)
  const [shownId, setShownId] = useState<string | null>(null)
  const inUse = pilot.data?.baseline?.id ?? null
  const shown = baselines.find((baseline) => baseline.id === (shownId ?? inUse)) ?? baselines[0] ?? null
  if (upload !== null) {
    return (
      <div className="baseline-page">
        <ImportLog
          key={upload.id}
          processId={process.id}
          map={map}
          upload={upload}
          onDiscard={() => setUpload(null)}
          onImported={(baselineId) => {
            setShownId(baselineId)
            setUpload(null)
          }}
        />
      </div>
    )
  }
  return (
    <div className="baseline-page" data-two={baselines.length > 0 || undefined}>
      <div className="baseline-main">
        {shown === null ? (
          <section className="baseline-none">
            <h2>How did it run by hand?</h2>
            <p>
              Without a baseline no savings are shown. Import what your own system recorded before the pilot:
              one row for each step of each case, with the time it ended and, where known, the time it began.
            </p>
          </section>
        ) : (
          <BaselineFigures
            key={shown.id}
            baseline={shown}
            map={map}
            pilotId={pilotId}
            inUse={inUse}
            mayUse={pilot.data?.can.change === true}
          />
        )}
        <NewLog processId={process.id} onUploaded={setUpload} hasBaseline={shown !== null} />
      </div>
      {baselines.length > 0 && (
        <nav className="baseline-list" aria-label="Baselines">
          <h2>Baselines</h2>
          <ul>
            {baselines.map((baseline) => (
              <li key={baseline.id}>
                <button
                  type="button"
                  aria-current={shown?.id === baseline.id ? 'true' : undefined}
                  onClick={() => setShownId(baseline.id)}
                >
                  <b>
                    Baseline {baseline.version}
                    {inUse === baseline.id && <span className="label">In use</span>}
                  </b>
                  <span className="dim num">
                    {baseline.figures.cases} cases, evidence {baseline.figures.evidence.grade},{' '}
                    {dayWords(baseline.importedAt)}
                  </span>
                  <span className="dim">
                    {firstSentence(baseline.source)}
                    {baseline.sampleData && ', sample data'}
                  </span>
                </button>
              </li>
            ))}
          </ul>
        </nav>
      )}
    </div>
  )
}

type NewLogProps = { processId: string; hasBaseline: boolean; onUploaded: (upload: Upload) => void }

function NewLog({ processId, hasBaseline, onUploaded }: NewLogProps): ReactElement {
  const [sent, setSent] = useState(0)
  const sending = useRef<AbortController | null>(null)
  useEffect(() => () => sending.current?.abort(), [])
  const send = useMutation({
    mutationFn: async (file: File) => {
      setSent(0)
      sending.current = new AbortController()
      return await uploadFile({ processId, file, onSent: setSent, signal: sending.current.signal })
    },
    onSuccess: onUploaded,
  })
  const isStopped = send.error instanceof DOMException
  return (
    <section className="new-log" aria-label="Import a log">
      {hasBaseline && <h2>Import another log</h2>}
      <FileDrop
        label="Choose or drop a log file"
        hint="CSV, also gzipped, up to 50 MB. You see what it says before anything is stored."
        accept=".csv,.gz,.txt,text/csv,application/gzip"
        disabled={send.isPending}
        onFile={(file) => send.mutate(file)}
      />
      {send.isPending && (
        <div className="sending">
          <Progress value={sent * 100} size="md" aria-label="File sent" />
          <p className="num">
            {sent < 1 ? `Sending ${Math.round(sent * 100)} %` : 'Reading the file'}
            <Button variant="quiet" size="compact-sm" onClick={() => sending.current?.abort()}>
              Stop
            </Button>
          </p>
        </div>
      )}
      {send.isError && !isStopped && (
        <p className="import-problem" role="alert">
          {wordsFor(send.error)}
        </p>
      )}
    </section>
  )
}

/** Enough to tell one source from another in a list. */
function firstSentence(text: string): string {
  return text.split(/\. (?=[A-Z])/, 1)[0] ?? text
}
