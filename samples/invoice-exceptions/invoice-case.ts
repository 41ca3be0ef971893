import type { SampleCase } from '../sample.ts'

/** A stopped invoice, told as briefly as the case allows. */
export type InvoiceTale = {
  /** As filed; supplier and number unless the mailroom wrote something else. */
  subject?: string
  filedOn: string
  supplier: string
  number: string
  order: string | null
  lines: string
  total: number
  currency?: '£' | '€'
  /** The text as it came, where it does not look like an ordinary invoice. */
  text?: string
  stopped: string
  message: string | null
  requester: string | null
  ledger: string | null
  bank: string | null
  reason: string
  orderTotal: number | null
  arrived: boolean
  paidBefore?: boolean
  found: string
  category: string
  advice?: string
  awkward?: string
}

export function invoiceCase(tale: InvoiceTale): SampleCase {
  const advice = tale.arrived
    ? tale.requester === null
      ? 'Ask the requester'
      : 'Pay when due'
    : 'Hold until delivered'
  return {
    values: {
      subject: tale.subject ?? `${tale.supplier}, ${tale.number}`,
      receivedOn: tale.filedOn,
      systemNote: tale.stopped,
      invoiceText: tale.text ?? printed(tale),
      message: tale.message,
      requester: tale.requester,
      ledger: tale.ledger,
      bankDetails: tale.bank,
    },
    truth: {
      supplierName: tale.supplier,
      invoiceNumber: tale.number,
      orderNumber: tale.order,
      invoiceTotal: tale.total,
      likelyReason: tale.reason,
      orderTotal: tale.orderTotal,
      goodsReceived: tale.arrived,
      paidBefore: tale.paidBefore ?? false,
      lookupNote: tale.found,
      costCategory: tale.category,
      paymentAdvice: tale.advice ?? advice,
    },
    awkward: tale.awkward ?? null,
  }
}

function printed(tale: InvoiceTale): string {
  const amount = tale.total.toLocaleString('en-GB', { minimumFractionDigits: 2, maximumFractionDigits: 2 })
  return [
    tale.supplier,
    `Invoice ${tale.number}`,
    ...(tale.order === null ? [] : [`Your order: ${tale.order}`]),
    tale.lines,
    `Total due: ${tale.currency ?? '£'}${amount}`,
  ].join('\n')
}
