import type { Field } from '#domain/process-map.ts'
import { field } from '../map-parts.ts'
import { changeKinds } from './examples.ts'

const intakeFields: Field[] = [
  field({
    name: 'clientName',
    label: 'Client',
    type: 'text',
    hint: 'Legal name as on the contract',
    sensitivity: 'internal',
  }),
  field({
    name: 'contactName',
    label: 'Contact',
    type: 'text',
    hint: 'Who signed, or who writes to us',
    sensitivity: 'personal',
  }),
  field({
    name: 'contactEmail',
    label: 'E-mail address of the contact',
    type: 'text',
    hint: 'Where the welcome letter goes',
    sensitivity: 'personal',
  }),
  field({
    name: 'services',
    label: 'Services',
    type: 'text',
    hint: 'As in the contract, for example: Bookkeeping, quarterly VAT, payroll',
    sensitivity: 'internal',
  }),
  field({
    name: 'monthlyFee',
    label: 'Monthly fee in £',
    type: 'number',
    hint: 'As in the contract, without VAT',
    sensitivity: 'internal',
  }),
  field({
    name: 'startDate',
    label: 'We act from',
    type: 'date',
    hint: 'Start date in the contract',
    sensitivity: 'internal',
  }),
  field({
    name: 'email',
    label: 'E-mails from the client',
    type: 'long-text',
    hint: 'Paste the thread, newest last',
    sensitivity: 'personal',
  }),
  field({
    name: 'form',
    label: 'New client form',
    type: 'long-text',
    hint: 'Text of the form, as the client filled it in',
    sensitivity: 'personal',
  }),
  field({
    name: 'papers',
    label: 'Papers in the folder',
    type: 'long-text',
    hint: 'What has arrived. Never sent to a model: identity papers are listed here',
    sensitivity: 'sensitive',
  }),
]

const checkFields: Field[] = [
  field({
    name: 'papersComplete',
    label: 'All papers are there',
    type: 'yes-no',
    hint: 'Signed contract, ID of whoever signed, proof of address',
    sensitivity: 'internal',
  }),
  field({
    name: 'missingPapers',
    label: 'What is missing',
    type: 'text',
    hint: 'One line, in the words the client should read; empty when nothing is missing',
    sensitivity: 'internal',
  }),
  field({
    name: 'papersRequest',
    label: 'Request for papers',
    type: 'long-text',
    hint: 'E-mail to the contact, at most 80 words',
    sensitivity: 'personal',
  }),
]

const packFields: Field[] = [
  field({
    name: 'mainContact',
    label: 'Main contact',
    type: 'text',
    hint: 'Whom we call. Usually the contact; somebody else if the e-mail says so',
    sensitivity: 'personal',
  }),
  field({
    name: 'payrollPeople',
    label: 'People on payroll',
    type: 'number',
    hint: 'Newest number; the e-mail beats the form; 0 for nobody',
    sensitivity: 'internal',
  }),
  field({
    name: 'invoiceEmail',
    label: 'Send invoices to',
    type: 'text',
    hint: 'An e-mail address; the e-mail beats the form',
    sensitivity: 'personal',
  }),
  field({
    name: 'formerAccountant',
    label: 'Former accountant',
    type: 'text',
    hint: 'Name of the firm or person; empty when not said',
    sensitivity: 'internal',
  }),
  field({
    name: 'welcomeLetter',
    label: 'Welcome letter',
    type: 'long-text',
    hint: 'At most 90 words: services, start date, what we need next',
    sensitivity: 'personal',
  }),
]

const setUpFields: Field[] = [
  field({
    name: 'clientNumber',
    label: 'Client number',
    type: 'text',
    hint: 'From the practice ledger, for example MA-2718',
    sensitivity: 'internal',
  }),
  field({
    name: 'scopeChanged',
    label: 'Client asked for something else',
    type: 'yes-no',
    hint: 'Yes when it is not what the contract says',
    sensitivity: 'internal',
  }),
  field({
    name: 'scopeChange',
    label: 'What the client asked for',
    type: 'text',
    hint: 'One line; empty when nothing changed',
    sensitivity: 'internal',
  }),
  field({
    name: 'changeKind',
    label: 'Kind of change',
    type: 'choice',
    choices: changeKinds,
    hint: 'What it does to the contract',
    sensitivity: 'internal',
  }),
  field({
    name: 'changeNote',
    label: 'Change note',
    type: 'long-text',
    hint: 'E-mail to the contact, at most 80 words; never names a new fee',
    sensitivity: 'personal',
  }),
]

const kickoffFields: Field[] = [
  field({
    name: 'kickoffAgenda',
    label: 'Agenda of the kickoff call',
    type: 'long-text',
    hint: 'Three to five lines with minutes, 45 minutes in all',
    sensitivity: 'internal',
  }),
  field({
    name: 'clientBrings',
    label: 'What the client brings',
    type: 'text',
    hint: 'Only what these services need',
    sensitivity: 'internal',
  }),
  field({
    name: 'firstDeadline',
    label: 'First deadline',
    type: 'text',
    hint: 'The first thing that is due after the start date',
    sensitivity: 'internal',
  }),
]

export const onboardingFields: Field[] = [
  ...intakeFields,
  ...checkFields,
  ...packFields,
  ...setUpFields,
  ...kickoffFields,
]
