import * as z from 'zod'

/** The part of vitest's JSON report that is counted. */
const Report = z.object({
  numPassedTests: z.number(),
  numFailedTests: z.number(),
  numPendingTests: z.number(),
  numTodoTests: z.number(),
  testResults: z.array(
    z.object({
      name: z.string(),
      status: z.string(),
      assertionResults: z.array(z.object({ status: z.string() })),
    }),
  ),
})

export type TestOutcome = { passed: number; failed: number; skipped: number }

/**
 * A file that could not even be loaded has no tests of its own and counts as one failure; so does a run
 * that ended badly without naming a failed test, or left no report.
 */
export function outcomeOf(reportText: string | null, exitCode: number): TestOutcome {
  const report = reportText === null ? null : parsed(reportText)
  if (!report) return { passed: 0, failed: 1, skipped: 0 }
  const brokenFiles = report.testResults.filter(
    ({ status, assertionResults }) =>
      status === 'failed' && !assertionResults.some((result) => result.status === 'failed'),
  ).length
  const failed = report.numFailedTests + brokenFiles
  return {
    passed: report.numPassedTests,
    failed: failed === 0 && exitCode !== 0 ? 1 : failed,
    skipped: report.numPendingTests + report.numTodoTests,
  }
}

export function outcomeLine({ passed, failed, skipped }: TestOutcome): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`
}

function parsed(text: string): z.infer<typeof Report> | null {
  try {
    return Report.parse(JSON.parse(text))
  } catch {
    return null
  }
}
