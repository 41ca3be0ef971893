import { manualLog, type ManualLogParameters } from '../manual-log.ts'
import { onboardingMap } from './map.ts'

/** How onboarding went by hand at Marlowe; invented, and every row of the log says so. */
export const onboardingLog: ManualLogParameters = {
  statement:
    'Sample data: a generated log of 102 onboardings done by hand over ten weeks. Median hands-on time 2 h 40, median time from start to finish 6 days. Papers missing in 15 % of the cases, scope changed in 10 %, something done twice in 16 %.',
  casePrefix: 'SAMPLE-CO',
  cases: 102,
  firstDay: '2026-08-10',
  weeks: 10,
  medianTouchMinutes: 160,
  medianCycleHours: 144,
  spread: { case: 0.4, touch: 0.35, wait: 0.7 },
  teams: {
    onboarding: ['Jonas Brandt', 'Kemi Balogun', 'Maya Lindqvist'],
    managers: ['Sam Reyes', 'Tom Okafor'],
  },
  stages: [
    {
      kind: 'always',
      activity: {
        activity: 'Contract check',
        step: 'check-contract',
        team: 'onboarding',
        touchMinutes: 24,
        waitHours: 0,
      },
    },
    {
      kind: 'always',
      activity: {
        activity: 'Papers complete?',
        step: 'papers-complete',
        team: 'onboarding',
        touchMinutes: 8,
        waitHours: 3,
      },
    },
    {
      kind: 'sometimes',
      what: 'Missing papers',
      share: 0.15,
      ends: false,
      activities: [
        {
          activity: 'Chase missing papers',
          step: 'ask-for-papers',
          team: 'onboarding',
          touchMinutes: 12,
          waitHours: 2,
        },
        {
          activity: 'Check papers received',
          step: 'check-papers',
          team: 'onboarding',
          touchMinutes: 9,
          waitHours: 18,
        },
      ],
    },
    {
      kind: 'always',
      activity: {
        activity: 'Write welcome pack',
        step: 'draft-welcome-pack',
        team: 'onboarding',
        touchMinutes: 38,
        waitHours: 3,
      },
    },
    {
      kind: 'always',
      activity: {
        activity: 'Review pack',
        step: 'review-the-pack',
        team: 'managers',
        touchMinutes: 14,
        waitHours: 6,
      },
    },
    {
      kind: 'sometimes',
      what: 'Pack done again',
      share: 0.12,
      ends: false,
      activities: [
        {
          activity: 'Write welcome pack',
          step: 'draft-welcome-pack',
          team: 'onboarding',
          touchMinutes: 16,
          waitHours: 3,
        },
        {
          activity: 'Review pack',
          step: 'review-the-pack',
          team: 'managers',
          touchMinutes: 7,
          waitHours: 4,
        },
      ],
    },
    {
      kind: 'always',
      activity: {
        activity: 'Set up accounts',
        step: 'set-up-accounts',
        team: 'onboarding',
        touchMinutes: 32,
        waitHours: 7,
      },
    },
    {
      kind: 'always',
      activity: {
        activity: 'Scope check with client',
        step: 'scope-unchanged',
        team: 'managers',
        touchMinutes: 6,
        waitHours: 4,
      },
    },
    {
      kind: 'sometimes',
      what: 'Scope change',
      share: 0.1,
      ends: false,
      activities: [
        {
          activity: 'Write change note',
          step: 'draft-change-note',
          team: 'managers',
          touchMinutes: 20,
          waitHours: 4,
        },
        {
          activity: 'Agree new scope',
          step: 'agree-new-scope',
          team: 'managers',
          touchMinutes: 15,
          waitHours: 20,
        },
      ],
    },
    {
      kind: 'always',
      activity: {
        activity: 'Kickoff plan',
        step: 'draft-kickoff-plan',
        team: 'managers',
        touchMinutes: 24,
        waitHours: 4,
      },
    },
    {
      kind: 'always',
      activity: {
        activity: 'Sign off plan',
        step: 'approve-the-plan',
        team: 'managers',
        touchMinutes: 9,
        waitHours: 6,
      },
    },
    {
      kind: 'sometimes',
      what: 'Plan signed off again',
      share: 0.04,
      ends: false,
      activities: [
        {
          activity: 'Sign off plan',
          step: 'approve-the-plan',
          team: 'managers',
          touchMinutes: 6,
          waitHours: 5,
        },
      ],
    },
  ],
}

export function onboardingBaselineCsv(seed: number): string {
  return manualLog(onboardingLog, onboardingMap.calendar, seed)
}
