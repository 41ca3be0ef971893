import type { Field } from '#domain/process-map.ts'
import { field } from '../map-parts.ts'
import { advices, categories, reasons } from './examples.ts'

const intakeFields: Field[] = [
  field({
    name: 'subject',
    label: 'Filed as',
    type: 'text',
    hint: 'Supplier and invoice number, as the mailroom filed it',
    sensitivity: 'internal',
  }),
  field({
    name: 'receivedOn',
    label: 'Received on',
    type: 'date',
    hint: 'Date of the e-mail or the stamp',
    sensitivity: 'internal',
  }),
  field({
    name: 'systemNote',
    label: 'Why the finance system stopped it',
    type: 'text',
    hint: 'The line that the finance system shows',
    sensitivity: 'internal',
  }),
  field({
    name: 'invoiceText',
    label: 'Text of the invoice',
    type: 'long-text',
    hint: 'As read from the PDF',
    sensitivity: 'internal',
  }),
  field({
    name: 'message',
    label: 'E-mail it came with',
    type: 'long-text',
    hint: 'Empty when it came by post',
    sensitivity: 'internal',
  }),
  field({
    name: 'requester',
    label: 'Who asked for it',
    type: 'text',
    hint: 'Department, if known',
    sensitivity: 'internal',
  }),
  field({
    name: 'ledger',
    label: 'What the ledger shows',
    type: 'long-text',
    hint: 'Order, goods receipt and earlier invoices of this supplier',
    sensitivity: 'internal',
  }),
  field({
    name: 'bankDetails',
    label: 'Bank details on the invoice',
    type: 'text',
    hint: 'Never sent to a model. Compare with the supplier record; never change the record from an invoice',
    sensitivity: 'sensitive',
  }),
]

const readFields: Field[] = [
  field({
    name: 'supplierName',
    label: 'Supplier',
    type: 'text',
    hint: 'As on the invoice',
    sensitivity: 'internal',
  }),
  field({
    name: 'invoiceNumber',
    label: 'Invoice number',
    type: 'text',
    hint: 'Exactly as printed',
    sensitivity: 'internal',
  }),
  field({
    name: 'orderNumber',
    label: 'Our order number',
    type: 'text',
    hint: 'Ours begin with 45-; empty when there is none',
    sensitivity: 'internal',
  }),
  field({
    name: 'invoiceTotal',
    label: 'Total due',
    type: 'number',
    hint: 'With VAT, in the currency of the invoice; a credit is negative',
    sensitivity: 'internal',
  }),
  field({
    name: 'likelyReason',
    label: 'Likely reason',
    type: 'choice',
    choices: reasons,
    hint: 'Why it was stopped, in one word of ours',
    sensitivity: 'internal',
  }),
]

const lookupFields: Field[] = [
  field({
    name: 'orderTotal',
    label: 'Total of the order',
    type: 'number',
    hint: 'With VAT, for what was delivered; empty when there is no order',
    sensitivity: 'internal',
  }),
  field({
    name: 'goodsReceived',
    label: 'Goods or service received',
    type: 'yes-no',
    hint: 'Goods receipt in the ledger, or the requester says so',
    sensitivity: 'internal',
  }),
  field({
    name: 'paidBefore',
    label: 'Paid or booked before',
    type: 'yes-no',
    hint: 'Same number, or same delivery under another number',
    sensitivity: 'internal',
  }),
  field({
    name: 'lookupNote',
    label: 'What you found',
    type: 'text',
    hint: 'One line, for example: Paid on 14 July 2026',
    sensitivity: 'internal',
  }),
]

const letterFields: Field[] = [
  field({
    name: 'supplierQuery',
    label: 'Price question',
    type: 'long-text',
    hint: 'At most 70 words; both amounts as they stand',
    sensitivity: 'internal',
  }),
  field({
    name: 'supplierNotice',
    label: 'Duplicate notice',
    type: 'long-text',
    hint: 'At most 70 words; says what we found',
    sensitivity: 'internal',
  }),
]

const bookingFields: Field[] = [
  field({
    name: 'costCategory',
    label: 'Cost category',
    type: 'choice',
    choices: categories,
    hint: 'What the money was spent on',
    sensitivity: 'internal',
  }),
  field({
    name: 'paymentAdvice',
    label: 'Pay or hold',
    type: 'choice',
    choices: advices,
    hint: 'Hold when goods are not there; ask when nobody is known to have ordered it',
    sensitivity: 'internal',
  }),
  field({
    name: 'bookingText',
    label: 'Booking text',
    type: 'text',
    hint: 'What and for whom, at most eight words',
    sensitivity: 'internal',
  }),
  field({
    name: 'bookingNumber',
    label: 'Booking number',
    type: 'text',
    hint: 'From the ledger, for example 7-21044',
    sensitivity: 'internal',
  }),
  field({
    name: 'payOn',
    label: 'Pay on',
    type: 'date',
    hint: 'Next payment run that is not after the due date; empty while on hold',
    sensitivity: 'internal',
  }),
]

export const invoiceFields: Field[] = [
  ...intakeFields,
  ...readFields,
  ...lookupFields,
  ...letterFields,
  ...bookingFields,
]
