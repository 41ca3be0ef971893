import { manualLog, type ManualLogParameters } from '../manual-log.ts'
import { invoiceMap } from './map.ts'

/** How stopped invoices were settled by hand at Corvane Kitchens; invented, and every row of the log says so. */
export const invoiceLog: ManualLogParameters = {
  statement:
    'Sample data: a generated log of 140 supplier invoices settled by hand over ten weeks. Median hands-on time 35 min, median time from start to finish 2 days. Prices differed in 20 % of the cases, 10 % were duplicates, something was done twice in 15 %.',
  casePrefix: 'SAMPLE-AP',
  cases: 140,
  firstDay: '2026-08-10',
  weeks: 10,
  medianTouchMinutes: 35,
  medianCycleHours: 48,
  spread: { case: 0.4, touch: 0.4, wait: 0.8 },
  teams: {
    payable: ['Noor Rahimi', 'Ellis Drummond', 'Petra Vogel'],
    leads: ['Graham Sutter', 'Wen Li'],
    purchasing: ['Oskar Lindgren', 'Abena Asante'],
  },
  stages: [
    {
      kind: 'always',
      activity: {
        activity: 'Key in invoice',
        step: 'read-invoice',
        team: 'payable',
        touchMinutes: 6,
        waitHours: 0,
      },
    },
    {
      kind: 'always',
      activity: {
        activity: 'Check keyed invoice',
        step: 'check-reading',
        team: 'payable',
        touchMinutes: 3,
        waitHours: 0.8,
      },
    },
    {
      kind: 'sometimes',
      what: 'Keyed in again',
      share: 0.08,
      ends: false,
      activities: [
        {
          activity: 'Key in invoice',
          step: 'read-invoice',
          team: 'payable',
          touchMinutes: 4,
          waitHours: 0.5,
        },
        {
          activity: 'Check keyed invoice',
          step: 'check-reading',
          team: 'payable',
          touchMinutes: 2,
          waitHours: 0.5,
        },
      ],
    },
    {
      kind: 'always',
      activity: {
        activity: 'Look up purchase order',
        step: 'look-up-order',
        team: 'payable',
        touchMinutes: 9,
        waitHours: 1.5,
      },
    },
    {
      kind: 'always',
      activity: {
        activity: 'Match invoice to order',
        step: 'does-it-match',
        team: 'payable',
        touchMinutes: 4,
        waitHours: 0.5,
      },
    },
    {
      kind: 'sometimes',
      what: 'Duplicate',
      share: 0.1,
      ends: true,
      activities: [
        {
          activity: 'Write to supplier: duplicate',
          step: 'tell-about-duplicate',
          team: 'payable',
          touchMinutes: 6,
          waitHours: 1,
        },
        {
          activity: 'Duplicate confirmed',
          step: 'confirm-duplicate',
          team: 'leads',
          touchMinutes: 3,
          waitHours: 3,
        },
      ],
    },
    {
      kind: 'sometimes',
      what: 'Price mismatch',
      share: 0.2,
      ends: false,
      activities: [
        {
          activity: 'Query price with supplier',
          step: 'ask-about-price',
          team: 'payable',
          touchMinutes: 9,
          waitHours: 1,
        },
        { activity: 'Price agreed', step: 'agree-price', team: 'purchasing', touchMinutes: 7, waitHours: 7 },
      ],
    },
    {
      kind: 'always',
      activity: {
        activity: 'Code invoice',
        step: 'propose-coding',
        team: 'payable',
        touchMinutes: 5,
        waitHours: 1.5,
      },
    },
    {
      kind: 'always',
      activity: {
        activity: 'Payment approval',
        step: 'approve-payment',
        team: 'leads',
        touchMinutes: 3,
        waitHours: 4,
      },
    },
    {
      kind: 'sometimes',
      what: 'Coded again',
      share: 0.07,
      ends: false,
      activities: [
        { activity: 'Code invoice', step: 'propose-coding', team: 'payable', touchMinutes: 3, waitHours: 1 },
        {
          activity: 'Payment approval',
          step: 'approve-payment',
          team: 'leads',
          touchMinutes: 2,
          waitHours: 2,
        },
      ],
    },
    {
      kind: 'always',
      activity: {
        activity: 'Book invoice in ledger',
        step: 'book-invoice',
        team: 'payable',
        touchMinutes: 4,
        waitHours: 2,
      },
    },
  ],
}

export function invoiceBaselineCsv(seed: number): string {
  return manualLog(invoiceLog, invoiceMap.calendar, seed)
}
