import { onboardingBaselineCsv, onboardingLog } from './client-onboarding/baseline-log.ts'
import { onboardingColleagues, onboardingStaff } from './client-onboarding/colleagues.ts'
import { onboardingCases } from './client-onboarding/intake.ts'
import { onboardingMap } from './client-onboarding/map.ts'
import { invoiceBaselineCsv, invoiceLog } from './invoice-exceptions/baseline-log.ts'
import { invoiceColleagues, invoiceStaff } from './invoice-exceptions/colleagues.ts'
import { invoiceCases } from './invoice-exceptions/intake.ts'
import { invoiceMap } from './invoice-exceptions/map.ts'
import { stepNamesOf } from './manual-log.ts'
import type { Sample } from './sample.ts'

/** The sample processes; the first is the one that a fresh start opens on. */
export const samples: Sample[] = [
  {
    key: 'client-onboarding',
    name: onboardingMap.name,
    map: onboardingMap,
    intake: onboardingCases.map((one) => one.values),
    baselineCsv: onboardingBaselineCsv,
    stepNames: stepNamesOf(onboardingLog),
    colleagues: onboardingColleagues,
    staff: onboardingStaff,
    parameters: onboardingLog,
  },
  {
    key: 'invoice-exceptions',
    name: invoiceMap.name,
    map: invoiceMap,
    intake: invoiceCases.map((one) => one.values),
    baselineCsv: invoiceBaselineCsv,
    stepNames: stepNamesOf(invoiceLog),
    colleagues: invoiceColleagues,
    staff: invoiceStaff,
    parameters: invoiceLog,
  },
]
