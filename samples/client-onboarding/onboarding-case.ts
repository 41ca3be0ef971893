import type { SampleCase } from '../sample.ts'

/** A new client, told as briefly as the case allows. */
export type OnboardingTale = {
  client: string
  contact: string
  address: string
  services: string
  fee: number
  start: string
  email: string
  /** As it came; null when the client sent no form. */
  form: string | null
  papers: string | null
  missing?: string
  scopeChange?: string
  mainContact?: string
  payroll: number | null
  invoices: string | null
  former: string | null
  awkward?: string
}

export function onboardingCase(tale: OnboardingTale): SampleCase {
  return {
    values: {
      clientName: tale.client,
      contactName: tale.contact,
      contactEmail: tale.address,
      services: tale.services,
      monthlyFee: tale.fee,
      startDate: tale.start,
      email: tale.email,
      form: tale.form,
      papers: tale.papers,
    },
    truth: {
      papersComplete: tale.missing === undefined,
      missingPapers: tale.missing ?? null,
      scopeChanged: tale.scopeChange !== undefined,
      scopeChange: tale.scopeChange ?? null,
      mainContact: tale.mainContact ?? tale.contact,
      payrollPeople: tale.payroll,
      invoiceEmail: tale.invoices,
      formerAccountant: tale.former,
    },
    awkward: tale.awkward ?? null,
  }
}

/** The new client form as our portal prints it. */
export function form(
  client: string,
  filled: { services: string; payroll: string; former: string; invoices: string; signed: string },
): string {
  return [
    `Legal name: ${client}`,
    `Services: ${filled.services}`,
    `People on payroll: ${filled.payroll}`,
    `Former accountant: ${filled.former}`,
    `Send invoices to: ${filled.invoices}`,
    `Signed: ${filled.signed}`,
  ].join('\n')
}

export const allPapers = 'Signed contract; passport copy of the signatory; utility bill of last month'
