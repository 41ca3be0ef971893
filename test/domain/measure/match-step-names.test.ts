import { expect, test } from 'vitest'
import { matchStepNames } from '#domain/measure/match-step-names.ts'

const steps = [
  { id: 'check', name: 'Check application form' },
  { id: 'credit', name: 'Check credit history' },
  { id: 'aml', name: 'AML check' },
  { id: 'return', name: 'Return application to applicant' },
  { id: 'approve', name: 'Approve the loan offer' },
  { id: 'design', name: 'Design loan offer' },
]

test('the same name but for case, accents and separators is certain', () => {
  const matches = matchStepNames(['CHECK_CREDIT_HISTORY', 'aml-check', 'designLoanOffer'], steps)

  expect(matches).toEqual([
    { activity: 'CHECK_CREDIT_HISTORY', stepId: 'credit', score: 1 },
    { activity: 'aml-check', stepId: 'aml', score: 1 },
    { activity: 'designLoanOffer', stepId: 'design', score: 1 },
  ])
})

test.each([
  ['Check application form completeness', 'check'],
  ['Return application back to applicant', 'return'],
  ['Loan offer approved', 'approve'],
  ['Checking of credit history', 'credit'],
  ['Chek credit histroy', 'credit'],
  ['Approve loan offer', 'approve'],
])('%s is suggested for %s, but not as certain', (activity, stepId) => {
  const [match] = matchStepNames([activity], steps)

  expect(match?.stepId).toBe(stepId)
  expect(match?.score).toBeLessThan(1)
})

test.each(['Appraise property', 'Payment', '???', 'Cancel'])('nothing is suggested for %s', (activity) => {
  expect(matchStepNames([activity], steps)[0]?.stepId).toBeNull()
})

test('without steps there is nothing to suggest', () => {
  expect(matchStepNames(['Check'], [])).toEqual([{ activity: 'Check', stepId: null, score: 0 }])
})
