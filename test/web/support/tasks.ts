import type { DecisionReply, Inbox, TaskDetail, TaskSummary } from '#domain/views/tasks.ts'
import { aDraftField, aField } from './fields.ts'
import { maya, sam } from './people.ts'

export function aTaskSummary(over: Partial<TaskSummary> = {}): TaskSummary {
  return {
    id: 'task-halden',
    version: 1,
    kind: 'review',
    caseId: 'case-halden',
    caseTitle: 'Halden Reeve Architects',
    pilotId: 'pilot-onboarding',
    processName: 'Client onboarding',
    sample: false,
    stepId: 'draft-pack',
    stepTitle: 'Draft welcome pack',
    why: 'E-mail and form disagree on payroll',
    openedAt: '2026-11-23T09:12:00.000Z',
    dueAt: '2026-11-23T11:40:00.000Z',
    used: 0.4,
    band: 'check-this',
    toCheck: 1,
    paused: false,
    practice: true,
    assignee: sam,
    reading: null,
    ...over,
  }
}

export function anInbox(items: TaskSummary[], over: Partial<Inbox> = {}): Inbox {
  return {
    items,
    next: null,
    counts: {
      needsMe: items.length,
      dueSoon: 0,
      exceptions: items.filter(({ kind }) => kind === 'exception').length,
      all: items.length,
    },
    doneToday: 6,
    ...over,
  }
}

export const email = `Morning Tom,

Two things before you write us up. We took on two assistants this month, so payroll is 14 people from December, not the number on the form. And please send invoices to accounts@haldenreeve.example, not to me.

We would like to start on 1 January; our VAT quarter ends in March. Joel is away until the 30th, so I am the one to call. Do we need to do anything about our old accountant?

Ines`

/** Where words stand in the e-mail. */
export function inEmail(words: string): { field: string; from: number; to: number } {
  const from = email.indexOf(words)
  return { field: 'email', from, to: from + words.length }
}

export const firstLetter = `Dear Ines,

Thank you for choosing Marlowe. We act for you from 1 January 2027, and our team will be in touch in due course.

We will keep your books, file your VAT each quarter (the first ends in March) and run payroll for 14 people. Invoices go to accounts@haldenreeve.example.

please send us all relevant documentation, so that we can ask for your records in a timely manner.

Should you require further assistance, please do not hesitate to contact the undersigned.

Tom Okafor`

export const secondLetter = `Dear Ines,

Thank you for choosing Marlowe. We act for you from 1 January 2027. That day is a holiday, so you will hear from us on Monday 4 January.

We will keep your books, file your VAT each quarter (the first ends in March) and run payroll for 14 people. Invoices go to accounts@haldenreeve.example.

By Friday 11 December, please send us two things: your last three payroll reports, and the name of your former accountant, so that we can ask for your records.

If anything is unclear, call me on 020 7946 0142.

Tom Okafor`

/** A review as the picture of it: one field to check, one that nobody can tell, a letter. */
export function aReview(over: Partial<TaskDetail> = {}): TaskDetail {
  return {
    ...aTaskSummary(),
    version: 3,
    shownHash: 'hash-3',
    status: 'open',
    decidedBy: null,
    options: ['approve', 'edit', 'send-back', 'reject', 'by-hand'],
    place: 'Step 4 of 9',
    stepCount: 9,
    stepNumber: 4,
    sources: [
      { field: aField({ name: 'email', label: 'E-mail', type: 'long-text' }), value: email },
      { field: aField({ name: 'legalName', label: 'Legal name' }), value: 'Halden Reeve Architects LLP' },
      { field: aField({ name: 'services', label: 'Services' }), value: 'Books, VAT, payroll' },
      { field: aField({ name: 'people', label: 'People on payroll', type: 'number' }), value: 12 },
      { field: aField({ name: 'accountant', label: 'Current accountant' }), value: null },
      { field: aField({ name: 'signed', label: 'Signed' }), value: 'Joel Reeve, 18 Nov 2026' },
    ],
    draft: [
      aDraftField({ evidence: [{ field: 'legalName', from: 0, to: 27 }] }),
      aDraftField({
        field: { name: 'contact', label: 'Main contact' },
        value: 'Ines Halden, finance partner',
        evidence: [inEmail('Ines')],
        says: 'Found in the e-mail',
      }),
      aDraftField({
        field: { name: 'payroll', label: 'People on payroll', type: 'number' },
        value: 14,
        band: 'check-this',
        says: 'E-mail of 20 Nov: 14. Form: 12.',
        evidence: [inEmail('so payroll is 14 people from December'), { field: 'people', from: 0, to: 2 }],
      }),
      aDraftField({
        field: { name: 'firstDay', label: 'First working day', type: 'date' },
        value: '2027-01-04',
        evidence: [inEmail('start on 1 January')],
      }),
      aDraftField({
        field: { name: 'invoices', label: 'Send invoices to' },
        value: 'accounts@haldenreeve.example',
        evidence: [inEmail('accounts@haldenreeve.example')],
      }),
      aDraftField({
        field: { name: 'formerAccountant', label: 'Former accountant' },
        value: null,
        band: 'cannot-tell',
        says: 'No source names one. The letter asks Ines for it.',
      }),
      aDraftField({
        field: { name: 'letter', label: 'Welcome letter', type: 'long-text' },
        value: secondLetter,
        previous: firstLetter,
      }),
    ],
    draftNumber: 2,
    drafted: {
      by: 'practice model',
      model: 'tl-practice 1',
      promptVersion: 'version 12',
      at: '2026-11-23T09:10:00.000Z',
    },
    sentBack: {
      by: sam,
      at: '2026-11-20T15:00:00.000Z',
      reason: 'Tone.',
      note: 'Plainer, and say what happens when.',
      draft: { letter: firstLetter },
    },
    failure: null,
    reasons: ['Wrong fact', 'Missing', 'Tone', 'Wrong template', 'Other'],
    guidance: {
      lines: [
        'Name, payroll and dates must match the newest message.',
        'Say what happens next, with a day.',
        'Ask for at most two things.',
        'No fees in this letter; they are in the terms.',
        'Sign as the account lead.',
      ],
      goodExample: 'Dear Mr Osei, thank you for choosing Marlowe. We act for you from 1 March.',
      promptToCopy: null,
    },
    then: 'Then step 5: Tom sends it, 10 s later',
    need: 1,
    votes: [],
    record: { offered: 118, accepted: 84, edited: 29, sentBack: 5 },
    undoSeconds: 10,
    upNext: [{ taskId: 'task-quillmark', caseTitle: 'Quillmark Press' }],
    reading: { person: maya, since: '2026-11-23T09:50:00.000Z' },
    ...over,
  }
}

/** A review where nothing is left to check and nothing was sent back: one key approves it. */
export function aPlainReview(over: Partial<TaskDetail> = {}): TaskDetail {
  return aReview({
    draft: [
      aDraftField(),
      aDraftField({
        field: { name: 'letter', label: 'Welcome letter', type: 'long-text' },
        value: 'Dear Ines.',
      }),
    ],
    sentBack: null,
    draftNumber: 1,
    reading: null,
    ...over,
  })
}

export function aManualTask(over: Partial<TaskDetail> = {}): TaskDetail {
  return aReview({
    id: 'task-osprey',
    kind: 'manual',
    caseTitle: 'Osprey Freight',
    stepTitle: 'Check identity papers',
    why: 'A person does this step',
    place: 'Step 3 of 9',
    stepNumber: 3,
    options: ['complete', 'cannot-complete'],
    band: null,
    toCheck: 0,
    practice: false,
    draft: [
      aDraftField({
        field: {
          name: 'papersComplete',
          label: 'All papers are there',
          type: 'yes-no',
          hint: 'Passport and proof of address',
        },
        value: null,
      }),
      aDraftField({
        field: { name: 'checkedOn', label: 'Checked on', type: 'date' },
        value: null,
      }),
      aDraftField({
        field: { name: 'risk', label: 'Risk class', type: 'choice', choices: ['Low', 'Medium', 'High'] },
        value: null,
      }),
      aDraftField({
        field: { name: 'notes', label: 'Notes', type: 'long-text', hint: 'What the next person should know' },
        value: null,
      }),
    ],
    draftNumber: 0,
    drafted: null,
    sentBack: null,
    reasons: [],
    record: null,
    reading: null,
    then: 'Then step 4: AI drafts the welcome pack',
    guidance: {
      lines: [
        'Open both papers; a photo must be readable to the last digit.',
        'Name and date of birth must match the form.',
        'A proof of address is at most three months old.',
        'When something is missing, press Stuck and say what.',
      ],
      goodExample: 'Passport to 2031, electricity bill of 2 October. Both match the form.',
      promptToCopy: 'List every difference between this form and these papers, one per line.',
    },
    ...over,
  })
}

export function anException(over: Partial<TaskDetail> = {}): TaskDetail {
  return aReview({
    id: 'task-corrigan',
    kind: 'exception',
    caseTitle: 'Corrigan Foods',
    processName: 'Supplier invoice exceptions',
    stepTitle: 'Match invoice to order',
    why: 'AI could not draft this: the answer did not fit',
    options: ['fix-and-retry', 'retry', 'skip', 'by-hand', 'stop'],
    place: 'Step 2 of 8',
    stepNumber: 2,
    stepCount: 8,
    band: null,
    toCheck: 0,
    sources: [
      {
        field: aField({ name: 'invoiceText', label: 'Invoice', type: 'long-text' }),
        value: 'Invoice 88213\nCorrigan Foods\n40 crates at 12,50\nTotal 520,00 EUR\nOrder PO-4471',
      },
      { field: aField({ name: 'orderTotal', label: 'Order total', type: 'number' }), value: 500 },
      {
        field: aField({ name: 'currency', label: 'Currency', type: 'choice', choices: ['EUR', 'GBP'] }),
        value: 'EUR',
      },
    ],
    draft: [
      aDraftField({ field: { name: 'matches', label: 'Matches the order', type: 'yes-no' }, value: null }),
      aDraftField({ field: { name: 'difference', label: 'Difference', type: 'number' }, value: null }),
    ],
    failure: {
      cause: 'ai-invalid',
      message: 'The field "Difference" is a text, and this step needs a number. Three tries gave the same.',
      rawText: '{"matches": false, "difference": "4 % above the order"}',
    },
    draftNumber: 0,
    drafted: null,
    sentBack: null,
    reasons: [],
    record: null,
    reading: null,
    then: 'A new try takes about half a minute',
    dueAt: '2026-11-23T09:27:00.000Z',
    used: 1.2,
    ...over,
  })
}

export function aReply(over: Partial<DecisionReply> = {}): DecisionReply {
  return {
    decisionId: '00000000-0000-4000-8000-000000000000',
    status: 'applied',
    taskId: 'task-halden',
    action: 'approve',
    undoUntil: null,
    ...over,
  }
}
