import type { Example } from '#domain/process-map.ts'
import { example } from '../map-parts.ts'

/** Short, so that the smallest model can read them all. The commonest case stands last: small models copy it most. */

export const welcomePackExamples: Example[] = [
  example(
    {
      clientName: 'Tidewater Yoga',
      contactName: 'Amal Haddad',
      services: 'Quarterly VAT',
      startDate: '2026-11-02',
      email: 'Form attached. No staff, just me. My partner Lou pays the bills: lou@tidewater.example',
      form: 'Legal name: Tidewater Yoga\nPeople on payroll:\nFormer accountant:\nSend invoices to: amal@tidewater.example',
    },
    {
      mainContact: 'Amal Haddad',
      payrollPeople: 0,
      invoiceEmail: 'lou@tidewater.example',
      formerAccountant: null,
      welcomeLetter:
        'Dear Amal,\n\nThank you for choosing Marlowe. We act for Tidewater Yoga from 2 November 2026 and will file your VAT each quarter. Invoices go to lou@tidewater.example.\n\nPlease tell us who did your accounts before, so that we can ask for your records.\n\nKind regards,\nMarlowe',
    },
  ),
  example(
    {
      clientName: 'Sorrel & Finch LLP',
      contactName: 'Dev Anand',
      services: 'Bookkeeping, payroll, year-end accounts',
      startDate: '2027-01-04',
      email:
        'The form says 20 people, we are 22 since Monday. Call Joan Marsh with questions, I am away. Dev',
      form: 'Legal name: Sorrel & Finch LLP\nPeople on payroll: 20\nFormer accountant: none\nSend invoices to: books@sorrel.example',
    },
    {
      mainContact: 'Joan Marsh',
      payrollPeople: 22,
      invoiceEmail: 'books@sorrel.example',
      formerAccountant: null,
      welcomeLetter:
        'Dear Dev,\n\nThank you for choosing Marlowe. We act for Sorrel & Finch LLP from 4 January 2027. We will keep your books, run payroll for 22 people and prepare your year-end accounts. Invoices go to books@sorrel.example.\n\nWe will call Joan Marsh while you are away.\n\nKind regards,\nMarlowe',
    },
  ),
  example(
    {
      clientName: 'Pellow Joinery Ltd',
      contactName: 'Ruth Pellow',
      services: 'Bookkeeping, payroll',
      startDate: '2026-10-01',
      email: 'Hi, all signed. We are 6 on payroll now. Bills to office@pellow.example please. Ruth',
      form: 'Legal name: Pellow Joinery Ltd\nPeople on payroll: 6\nFormer accountant: Dunn & Co\nSend invoices to: office@pellow.example',
    },
    {
      mainContact: 'Ruth Pellow',
      payrollPeople: 6,
      invoiceEmail: 'office@pellow.example',
      formerAccountant: 'Dunn & Co',
      welcomeLetter:
        'Dear Ruth,\n\nThank you for choosing Marlowe. We act for Pellow Joinery Ltd from 1 October 2026. We will keep your books and run payroll for 6 people. Invoices go to office@pellow.example.\n\nWe will ask Dunn & Co for your records. Please send us your last three payroll reports.\n\nKind regards,\nMarlowe',
    },
  ),
]

export const papersRequestExamples: Example[] = [
  example(
    { clientName: 'Tidewater Yoga', contactName: 'Amal Haddad', missingPapers: 'ID is out of date' },
    {
      papersRequest:
        'Dear Amal,\n\nThank you for your papers. The ID you sent is out of date, so we cannot use it. Please send a current passport or driving licence. A photo is enough. You can upload it in our document safe.\n\nKind regards,\nMarlowe',
    },
  ),
  example(
    {
      clientName: 'Sorrel & Finch LLP',
      contactName: 'Dev Anand',
      missingPapers: 'Signed contract; ID of the second partner',
    },
    {
      papersRequest:
        'Dear Dev,\n\nWe are nearly ready. Two papers are missing: the signed contract, and an ID of your second partner. A photo of a passport or driving licence is enough. You can upload both in our document safe.\n\nKind regards,\nMarlowe',
    },
  ),
  example(
    { clientName: 'Pellow Joinery Ltd', contactName: 'Ruth Pellow', missingPapers: 'Proof of address' },
    {
      papersRequest:
        'Dear Ruth,\n\nThank you for the signed contract. Before we can start we still need your proof of address: a bank or utility bill of the last three months. A photo is enough. You can upload it in our document safe.\n\nKind regards,\nMarlowe',
    },
  ),
]

export const changeKinds = ['More services', 'Fewer services', 'Other dates', 'Other terms']

export const changeNoteExamples: Example[] = [
  example(
    {
      clientName: 'Sorrel & Finch LLP',
      contactName: 'Dev Anand',
      services: 'Bookkeeping, payroll, year-end accounts',
      monthlyFee: 780,
      scopeChange: 'Will keep payroll in house',
    },
    {
      changeKind: 'Fewer services',
      changeNote:
        'Dear Dev,\n\nYou will keep payroll in house, so we will only keep your books and prepare your year-end accounts. The contract says £780 a month for all three. We will confirm the lower fee. Please reply "agreed" once you have it.\n\nKind regards,\nMarlowe',
    },
  ),
  example(
    {
      clientName: 'Tidewater Yoga',
      contactName: 'Amal Haddad',
      services: 'Quarterly VAT',
      monthlyFee: 90,
      scopeChange: 'Wants to start one quarter later',
    },
    {
      changeKind: 'Other dates',
      changeNote:
        'Dear Amal,\n\nYou asked to start one quarter later. The service stays the same: quarterly VAT at £90 a month, from the later date. Please reply "agreed" and we will change the dates in our calendar.\n\nKind regards,\nMarlowe',
    },
  ),
  example(
    {
      clientName: 'Pellow Joinery Ltd',
      contactName: 'Ruth Pellow',
      services: 'Bookkeeping',
      monthlyFee: 320,
      scopeChange: 'Wants payroll for 6 people too',
    },
    {
      changeKind: 'More services',
      changeNote:
        'Dear Ruth,\n\nYou asked us to run payroll for 6 people as well. It is not part of the contract for bookkeeping at £320 a month. We will confirm the new fee before we begin. Please reply "agreed" once you have it.\n\nKind regards,\nMarlowe',
    },
  ),
]

export const kickoffPlanExamples: Example[] = [
  example(
    {
      clientName: 'Sorrel & Finch LLP',
      services: 'Bookkeeping, payroll, year-end accounts',
      startDate: '2027-01-04',
      scopeChange: 'Will keep payroll in house',
    },
    {
      kickoffAgenda:
        '1. Who does what, now without payroll (10 min)\n2. Bank feeds and receipts (15 min)\n3. Year-end dates (10 min)\n4. Questions (5 min)',
      clientBrings: 'Bank login for the feed; last signed accounts',
      firstDeadline: 'Books of January 2027 closed by mid February',
    },
  ),
  example(
    { clientName: 'Tidewater Yoga', services: 'Quarterly VAT', startDate: '2026-11-02', scopeChange: null },
    {
      kickoffAgenda:
        '1. Who does what (5 min)\n2. Sales and receipts for VAT (15 min)\n3. VAT quarter and filing dates (10 min)\n4. Questions (5 min)',
      clientBrings: 'VAT number; last VAT return',
      firstDeadline: 'First VAT return after November 2026',
    },
  ),
  example(
    {
      clientName: 'Pellow Joinery Ltd',
      services: 'Bookkeeping, payroll',
      startDate: '2026-10-01',
      scopeChange: null,
    },
    {
      kickoffAgenda:
        '1. Who does what (10 min)\n2. Bank feeds and receipts (15 min)\n3. First payroll: dates and sign-off (15 min)\n4. Questions (5 min)',
      clientBrings: 'Bank login for the feed; last three payroll reports',
      firstDeadline: 'First payroll run in October 2026',
    },
  ),
]
