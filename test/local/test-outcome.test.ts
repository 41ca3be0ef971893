import { describe, expect, test } from 'vitest'
import { outcomeLine, outcomeOf } from '#local/test-outcome.ts'

const report = (counts: object, files: object[]): string =>
  JSON.stringify({
    numPassedTests: 0,
    numFailedTests: 0,
    numPendingTests: 0,
    numTodoTests: 0,
    ...counts,
    testResults: files,
  })

describe('the last line of a test run', () => {
  test('names passed and failed, and skipped only when there are any', () => {
    expect(outcomeLine({ passed: 3, failed: 0, skipped: 0 })).toBe('3 passed, 0 failed')
    expect(outcomeLine({ passed: 3, failed: 1, skipped: 2 })).toBe('3 passed, 1 failed, 2 skipped')
  })

  test('takes its numbers from the report', () => {
    const text = report({ numPassedTests: 5, numFailedTests: 1, numPendingTests: 1, numTodoTests: 1 }, [
      { name: 'a', status: 'failed', assertionResults: [{ status: 'failed' }] },
    ])

    expect(outcomeOf(text, 1)).toEqual({ passed: 5, failed: 1, skipped: 2 })
  })

  test('counts a file that could not be loaded as a failure', () => {
    const text = report({ numPassedTests: 5 }, [{ name: 'a', status: 'failed', assertionResults: [] }])

    expect(outcomeOf(text, 1)).toEqual({ passed: 5, failed: 1, skipped: 0 })
  })

  test('counts a bad end without a failed test as a failure', () => {
    expect(outcomeOf(report({ numPassedTests: 5 }, []), 1)).toEqual({ passed: 5, failed: 1, skipped: 0 })
  })

  test('counts a missing or broken report as a failure', () => {
    expect(outcomeOf(null, 0).failed).toBe(1)
    expect(outcomeOf('{', 0).failed).toBe(1)
  })
})
