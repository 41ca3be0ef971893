import { isProblem, type Problem } from '#domain/problems.ts'
import type { SampleTemplate } from '#domain/sample-template.ts'
import { createHash } from 'node:crypto'
import { addBaseline } from '#store/baselines.ts'
import { inTransaction } from '#store/db.ts'
import { startPilot } from '#store/pilots.ts'
import { createProcess, publishDraft, putDraft } from '#store/processes.ts'
import { addMember, addStaff } from '#store/sample-process.ts'
import type { Deps } from './deps.ts'

/** Makes a sample whole: its process, published map, baseline from the synthetic log, and running pilot. */
export async function makeSampleProcess(
  { db, logs, personas }: Pick<Deps, 'db' | 'logs' | 'personas'>,
  template: SampleTemplate,
): Promise<{ pilotId: string } | Problem> {
  const owner = personas.find((persona) => persona.role === 'owner')
  if (owner === undefined) return { code: 'DemoOnly' }
  const by = owner.person.id
  const baseline = await baselineOf(logs, template)
  if (isProblem(baseline)) return baseline

  // All or nothing: a start that is killed half way leaves no half of a sample behind.
  return inTransaction(db, async (tx) => {
    const processId = await createProcess(tx, { name: template.name, ownerId: by, sampleKey: template.key })
    for (const { person, role } of personas) await addMember(tx, { processId, personId: person.id, role })
    await addStaff(tx, processId, template.staff)
    const put = must(await putDraft(tx, { processId, revision: 0, map: template.map, by }))
    const { version } = must(await publishDraft(tx, { processId, revision: put.revision, by }))
    const baselineId = await addBaseline(tx, {
      processId,
      source: template.statement,
      sha256: createHash('sha256').update(template.baselineCsv).digest('hex'),
      sampleData: true,
      rejectedRows: baseline.rejectedRows,
      figures: baseline.figures,
      by,
    })
    return must(
      await startPilot(tx, { processId, version, baselineId, days: 90, undoSeconds: 10, by, sample: true }),
    )
  })
}

/** A sample has no faults of its own; one that had would take the whole transaction back. */
function must<T extends object>(done: T | Problem): T {
  if (isProblem(done)) throw new Error(`a sample could not be made: ${JSON.stringify(done)}`)
  return done
}

type SampleBaseline = Exclude<Awaited<ReturnType<Deps['logs']['baseline']>>, Problem>

async function baselineOf(logs: Deps['logs'], template: SampleTemplate): Promise<SampleBaseline | Problem> {
  const csv = withoutComments(template.baselineCsv)
  const content = new TextEncoder().encode(csv)
  const facts = await logs.facts(content)
  if (isProblem(facts)) return facts
  return logs.baseline(
    content,
    {
      mapping: facts.mapping,
      stepNames: template.stepNames,
      calendar: template.map.calendar,
      exceptionSteps: template.map.steps.filter((step) => step.lane !== null).map((step) => step.id),
      sampleData: true,
    },
    () => undefined,
  )
}

/** The parameters of a synthetic log stand above it. */
function withoutComments(csv: string): string {
  const lines = csv.split('\n')
  const first = lines.findIndex((line) => !line.startsWith('#'))
  return lines.slice(Math.max(0, first)).join('\n')
}
