import { visitOf } from '#domain/exec-ids.ts'
import { workingClock } from '#domain/measure/working-time.ts'
import { zoneClock } from '#domain/measure/zone-clock.ts'
import type { CasePort } from '../ports.ts'
import { failed, type Finished, type StepJobOf } from './step-job.ts'

const minuteMs = 60_000

/** Says until when a case waits, by the map's calendar; the case itself does the waiting. */
export async function waitWork(
  { port }: { port: Pick<CasePort, 'loadFields'> },
  job: StepJobOf<'wait'>,
): Promise<Finished> {
  const { request, step } = job
  const until = await endOfWait(port, job)
  if (until === null) {
    return failed('data', `"${step.title}" waits for a date that is missing or is no date.`)
  }
  const at = job.now().toISOString()
  const message = step.waitsFor.until === 'message' ? step.waitsFor.message : null
  return {
    kind: 'finished',
    result: { status: 'waits', until },
    documents: [],
    events: [
      {
        type: 'wait-began',
        caseId: request.caseId,
        key: `wait:${request.execId}`,
        at,
        ...visitOf(request),
        until,
        message,
      },
    ],
  }
}

async function endOfWait(
  port: Pick<CasePort, 'loadFields'>,
  { request, step, version, now }: StepJobOf<'wait'>,
): Promise<string | null> {
  const { waitsFor } = step
  const { calendar } = version.map
  const began = Date.parse(request.enabledAt)
  switch (waitsFor.until) {
    case 'minutes':
      return iso(began + waitsFor.minutes * minuteMs)
    case 'message':
      return iso(began + waitsFor.timeoutMinutes * minuteMs)
    case 'working-minutes':
      return iso(workingClock(calendar).addWorkingMs(began, waitsFor.workingMinutes * minuteMs))
    case 'date': {
      const { [waitsFor.field]: date = null } = await port.loadFields(request.inputs)
      const midnight = typeof date === 'string' ? midnightOf(date) : null
      if (midnight === null) return null
      return iso(Math.max(now().getTime(), zoneClock(calendar.zone).instantOf(midnight)))
    }
  }
}

/** The first moment of a date, read as if it were UTC; null when there is no such day. */
function midnightOf(date: string): number | null {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(date)) return null
  const midnight = Date.parse(`${date}T00:00:00Z`)
  if (Number.isNaN(midnight)) return null
  // 30 February would be read as 2 March.
  return new Date(midnight).toISOString().startsWith(date) ? midnight : null
}

function iso(instant: number): string {
  return new Date(Math.round(instant)).toISOString()
}
