import type { Example } from '#domain/process-map.ts'
import { example } from '../map-parts.ts'

export const reasons = [
  'Price differs',
  'Looks like a duplicate',
  'No order number',
  'Not delivered yet',
  'Other',
]
export const categories = [
  'Raw materials',
  'Packaging',
  'Freight',
  'Repairs',
  'Software',
  'Office and cleaning',
  'Professional fees',
  'Marketing',
]
export const advices = ['Pay when due', 'Hold until delivered', 'Ask the requester']

/** One for each reason that occurs: a small model names only what it has seen. */
export const readingExamples: Example[] = [
  example(
    {
      invoiceText:
        'Brask Metals Ltd\nInvoice BM-8812\nYour order: 45-0912\nSheet steel 20 x £61.00\nTotal due: £1,220.00',
      message: null,
      systemNote: 'Price check failed',
    },
    {
      supplierName: 'Brask Metals Ltd',
      invoiceNumber: 'BM-8812',
      orderNumber: '45-0912',
      invoiceTotal: 1220,
      likelyReason: 'Price differs',
    },
  ),
  example(
    {
      invoiceText: 'Pell Hygiene\nInvoice 70031\nYour order: 45-0877\nCleaning June\nTotal due: £348.50',
      message: 'Just in case you missed it, here again.',
      systemNote: 'Invoice number exists',
    },
    {
      supplierName: 'Pell Hygiene',
      invoiceNumber: '70031',
      orderNumber: '45-0877',
      invoiceTotal: 348.5,
      likelyReason: 'Looks like a duplicate',
    },
  ),
  example(
    {
      invoiceText:
        'Orme & Tull LLP\nInvoice 2026/114\nAdvice on lease\nNet £900.00\nVAT £180.00\nTotal due: £1,080.00',
      message: 'Asked for by Mrs Field.',
      systemNote: 'No order found',
    },
    {
      supplierName: 'Orme & Tull LLP',
      invoiceNumber: '2026/114',
      orderNumber: null,
      invoiceTotal: 1080,
      likelyReason: 'No order number',
    },
  ),
  example(
    {
      invoiceText: 'Cask Packaging\nInvoice CP-551\nYour order: 45-0990\n400 cartons\nTotal due: £512.00',
      message: 'Arrives on Tuesday.',
      systemNote: 'No goods receipt',
    },
    {
      supplierName: 'Cask Packaging',
      invoiceNumber: 'CP-551',
      orderNumber: '45-0990',
      invoiceTotal: 512,
      likelyReason: 'Not delivered yet',
    },
  ),
]

/** Invoices as they are printed, one for each category that is easily missed. */
export const codingExamples: Example[] = [
  example(
    {
      invoiceText: 'Brask Metals Ltd\nInvoice BM-8812\nSheet steel 20 x £61.00\nTotal due: £1,220.00',
      requester: 'Workshop',
      goodsReceived: true,
    },
    {
      costCategory: 'Raw materials',
      paymentAdvice: 'Pay when due',
    },
  ),
  example(
    {
      invoiceText: 'Orme & Tull LLP\nInvoice 2026/114\nAdvice on lease\nTotal due: £1,080.00',
      requester: null,
      goodsReceived: true,
    },
    {
      costCategory: 'Professional fees',
      paymentAdvice: 'Ask the requester',
    },
  ),
  example(
    {
      invoiceText: 'Cask Packaging\nInvoice CP-551\n400 cartons\nTotal due: £512.00',
      requester: 'Dispatch',
      goodsReceived: false,
    },
    {
      costCategory: 'Packaging',
      paymentAdvice: 'Hold until delivered',
    },
  ),
  example(
    {
      invoiceText: 'Fleetwing Haulage\nInvoice FW/3301\n2 pallets to Hull\nTotal due: £124.00',
      requester: 'Dispatch',
      goodsReceived: true,
    },
    { costCategory: 'Freight', paymentAdvice: 'Pay when due' },
  ),
  example(
    {
      invoiceText: 'Pell Hygiene\nInvoice 70031\nCleaning June\nTotal due: £348.50',
      requester: 'Facilities',
      goodsReceived: true,
    },
    {
      costCategory: 'Office and cleaning',
      paymentAdvice: 'Pay when due',
    },
  ),
]

export const priceQuestionExamples: Example[] = [
  example(
    {
      supplierName: 'Fleetwing Haulage',
      invoiceNumber: 'FW/3321',
      orderNumber: '45-1003',
      invoiceTotal: 260,
      orderTotal: 310,
    },
    {
      supplierQuery:
        'Dear Fleetwing Haulage team,\n\nYour invoice FW/3321 asks for 260.00. Our order 45-1003 says 310.00, so we may have been charged too little. Could you check, and confirm the amount?\n\nKind regards,\nAccounts payable, Corvane Kitchens',
    },
  ),
  example(
    {
      supplierName: 'Pell Hygiene',
      invoiceNumber: '70058',
      orderNumber: '45-0877',
      invoiceTotal: 402,
      orderTotal: 348.5,
    },
    {
      supplierQuery:
        'Dear Pell Hygiene team,\n\nYour invoice 70058 asks for 402.00. Our order 45-0877 says 348.50. Could you tell us why they differ, or send a corrected invoice? We will pay as soon as it is settled.\n\nKind regards,\nAccounts payable, Corvane Kitchens',
    },
  ),
  example(
    {
      supplierName: 'Brask Metals Ltd',
      invoiceNumber: 'BM-8812',
      orderNumber: '45-0912',
      invoiceTotal: 1220,
      orderTotal: 1180,
    },
    {
      supplierQuery:
        'Dear Brask Metals team,\n\nYour invoice BM-8812 asks for 1220.00. Our order 45-0912 says 1180.00. Could you tell us why they differ, or send a corrected invoice? We will pay as soon as it is settled.\n\nKind regards,\nAccounts payable, Corvane Kitchens',
    },
  ),
]

export const duplicateNoticeExamples: Example[] = [
  example(
    {
      supplierName: 'Fleetwing Haulage',
      invoiceNumber: 'FW/3318-A',
      invoiceTotal: 310,
      lookupNote: 'Same delivery as FW/3318, paid on 2 June 2026',
    },
    {
      supplierNotice:
        'Dear Fleetwing Haulage team,\n\nYour invoice FW/3318-A over 310.00 is for the same delivery as FW/3318, which we paid on 2 June 2026. We will not book it a second time. If it is for something else, please tell us.\n\nKind regards,\nAccounts payable, Corvane Kitchens',
    },
  ),
  example(
    {
      supplierName: 'Cask Packaging',
      invoiceNumber: 'CP-551',
      invoiceTotal: 512,
      lookupNote: 'Booked as 7-20881, due next week',
    },
    {
      supplierNotice:
        'Dear Cask Packaging team,\n\nYou sent us invoice CP-551 over 512.00 again. It is already booked and due next week, so we will not book it a second time.\n\nKind regards,\nAccounts payable, Corvane Kitchens',
    },
  ),
  example(
    {
      supplierName: 'Pell Hygiene',
      invoiceNumber: '70031',
      invoiceTotal: 348.5,
      lookupNote: 'Paid on 14 July 2026',
    },
    {
      supplierNotice:
        'Dear Pell Hygiene team,\n\nYou sent us invoice 70031 over 348.50 again. We paid it on 14 July 2026, so we will not book it a second time. If the payment did not reach you, please tell us.\n\nKind regards,\nAccounts payable, Corvane Kitchens',
    },
  ),
]
