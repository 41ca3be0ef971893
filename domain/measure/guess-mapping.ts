import type { ColumnMapping } from './event-log.ts'
import { isStampColumn, needsDateOrder, noEvidence, withCell, type StampEvidence } from './stamp-evidence.ts'

/** What we believe the columns mean, and what only a person can say. */
export type MappingGuess = { mapping: ColumnMapping; questions: string[] }

type Column = { name: string; key: string; values: string[]; evidence: StampEvidence }
type Role = Exclude<keyof ColumnMapping, 'zone' | 'dateOrder'>

/** Header words by role, best first; compared without blanks and punctuation. */
const words: Record<Role, readonly string[]> = {
  case: [
    'caseconceptname',
    'caseid',
    'case',
    'caseno',
    'casenumber',
    'casekey',
    'traceid',
    'processinstanceid',
    'ticketid',
    'ticket',
    'orderid',
    'order',
    'claimid',
    'claim',
    'applicationid',
    'application',
    'invoiceid',
    'invoice',
    'requestid',
    'request',
    'patientid',
    'patient',
    'customerid',
    'incidentid',
    'id',
  ],
  activity: [
    'activity',
    'activityname',
    'conceptname',
    'task',
    'taskname',
    'step',
    'stepname',
    'event',
    'eventname',
    'action',
    'operation',
    'handling',
    'status',
  ],
  start: [
    'starttimestamp',
    'starttime',
    'startdate',
    'startedat',
    'started',
    'start',
    'begintime',
    'begindate',
    'begin',
    'from',
  ],
  end: [
    'endtimestamp',
    'endtime',
    'enddate',
    'endedat',
    'ended',
    'end',
    'completetimestamp',
    'completetime',
    'completedate',
    'completiontime',
    'completedat',
    'completed',
    'complete',
    'finishedat',
    'finished',
    'timetimestamp',
    'timestamp',
    'eventtime',
    'datetime',
    'time',
    'date',
    'to',
  ],
  resource: [
    'orgresource',
    'resource',
    'resourcename',
    'user',
    'username',
    'employee',
    'person',
    'agent',
    'performer',
    'assignee',
    'operator',
    'owner',
    'handler',
    'worker',
  ],
  enabled: [
    'enabledtimestamp',
    'enabledtime',
    'enabledat',
    'enabletime',
    'enabled',
    'scheduledtime',
    'scheduledat',
    'scheduled',
    'queuedat',
    'readyat',
  ],
  lifecycle: [
    'lifecycletransition',
    'lifecycle',
    'transition',
    'registrationtype',
    'eventtype',
    'lifecyclestate',
  ],
  instanceId: [
    'conceptinstance',
    'activityinstanceid',
    'activityinstance',
    'instanceid',
    'eventinstance',
    'handlingid',
    'taskid',
    'stepid',
  ],
}

const transitions = new Set([
  'schedule',
  'assign',
  'reassign',
  'start',
  'suspend',
  'resume',
  'complete',
  'withdraw',
  'manualskip',
  'autoskip',
  'ate_abort',
  'pi_abort',
])

export function guessMapping(file: {
  header: readonly string[]
  sampleRows: readonly (readonly string[])[]
  /** Evidence from the whole file, where it was read. */
  evidence?: ReadonlyMap<string, StampEvidence>
}): MappingGuess {
  const columns = file.header.map((name, index): Column => {
    const values = file.sampleRows.map((cells) => (cells[index] ?? '').trim())
    const evidence = file.evidence?.get(name) ?? values.reduce(withCell, noEvidence())
    return { name, key: name.toLowerCase().replaceAll(/[^a-z0-9]/g, ''), values, evidence }
  })
  const stamps = columns.filter((column) => isStampColumn(column.evidence))
  const others = columns.filter((column) => !isStampColumn(column.evidence))
  const questions: string[] = []
  const taken = new Set<Column>()
  const take = (column: Column | null): Column | null => {
    if (column) taken.add(column)
    return column
  }
  const free = (from: readonly Column[]): Column[] => from.filter((column) => !taken.has(column))

  const lifecycle = take(lifecycleColumn(others))
  const enabled = take(named(stamps, 'enabled'))
  const startColumn = named(free(stamps), 'start')
  const start = lifecycle && startsInRows(lifecycle) ? null : take(startColumn)
  const end = take(named(free(stamps), 'end') ?? free(stamps).at(-1) ?? null)
  const caseColumn = take(named(free(others), 'case') ?? caseByContent(free(others)))
  const activity = take(named(free(others), 'activity') ?? activityByContent(free(others)))
  const resource = named(free(others), 'resource')
  const instanceId = lifecycle && startsInRows(lifecycle) ? named(free(others), 'instanceId') : null

  const fallback = columns[0]?.name ?? 'case'
  if (!caseColumn) questions.push('Which column names the case?')
  if (!activity) questions.push('Which column names the step or activity?')
  if (!end) questions.push('Which column holds the time at which a step ended?')
  const used = [start, end, enabled].filter((column) => column !== null)
  const naive = used.find((column) => column.evidence.naive)
  if (naive) questions.push(`The times in "${naive.name}" carry no time zone: which zone are they in?`)
  const ambiguous = used.find((column) => needsDateOrder(column.evidence))
  if (ambiguous) {
    const example = ambiguous.values.find((value) => value !== '') ?? ''
    questions.push(`In "${ambiguous.name}", is ${example} written day first or month first?`)
  }
  const known = used.find(
    (column) => column.evidence.family === 'figures' && column.evidence.orders.length === 1,
  )
  return {
    mapping: {
      case: caseColumn?.name ?? fallback,
      activity: activity?.name ?? fallback,
      start: start?.name ?? null,
      end: end?.name ?? fallback,
      resource: resource?.name ?? null,
      enabled: enabled?.name ?? null,
      lifecycle: start ? null : (lifecycle?.name ?? null),
      instanceId: instanceId?.name ?? null,
      zone: null,
      dateOrder: known?.evidence.orders[0] ?? null,
    },
    questions,
  }
}

function named(columns: readonly Column[], role: Role): Column | null {
  for (const word of words[role]) {
    const found = columns.find((column) => column.key === word)
    if (found) return found
  }
  return null
}

/** By its values: a header alone may mean anything. */
function lifecycleColumn(columns: readonly Column[]): Column | null {
  const isLifecycle = (column: Column): boolean => {
    const filled = column.values.filter((value) => value !== '')
    return filled.length > 0 && filled.every((value) => transitions.has(value.toLowerCase()))
  }
  const candidates = columns.filter(isLifecycle)
  return named(candidates, 'lifecycle') ?? candidates[0] ?? null
}

function startsInRows(lifecycle: Column): boolean {
  return lifecycle.values.some((value) => value.toLowerCase() === 'start')
}

/** The leftmost filled column whose values repeat a little. */
function caseByContent(columns: readonly Column[]): Column | null {
  return (
    columns.find((column) => {
      const distinct = new Set(column.values).size
      return !column.values.includes('') && distinct > 1 && distinct < column.values.length
    }) ?? null
  )
}

/** Words that come back often: few different values, most of them not figures. */
function activityByContent(columns: readonly Column[]): Column | null {
  return (
    columns.find((column) => {
      const distinct = new Set(column.values)
      const wordy = [...distinct].filter((value) => /\p{L}{2}/u.test(value)).length
      return distinct.size > 1 && distinct.size <= column.values.length / 2 && wordy >= distinct.size * 0.8
    }) ?? null
  )
}
