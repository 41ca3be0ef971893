import type { FieldValues } from '#domain/process-map.ts'
import type { Chance } from '../chance.ts'
import { colleaguesOf, textOf, type ColleagueHabits } from '../colleague.ts'
import type { SampleColleague } from '../sample.ts'
import { invoiceCases } from './intake.ts'
import { invoiceMap } from './map.ts'

/** For invoices that a visitor makes up; ours say themselves what is wrong with them. */
export const invoiceShares = { priceMismatch: 0.2, duplicate: 0.1 }

export const invoiceStaff: SampleColleague[] = [
  { id: 'sample-noor', name: 'Noor Rahimi (sample)', role: 'Accounts payable' },
  { id: 'sample-ellis', name: 'Ellis Drummond (sample)', role: 'Accounts payable' },
  { id: 'sample-wen', name: 'Wen Li (sample)', role: 'Finance lead' },
]

const closing = 'Kind regards,\nAccounts payable, Corvane Kitchens'
const phoneLine = 'You can also call us on 0113 496 0155.'

function polish(_name: string, letter: string): string {
  if (letter.includes(phoneLine)) return letter
  const parting = letter.search(/\n\n(Kind|Best|Warm) regards/)
  if (parting === -1) return `${letter.trimEnd()}\n\n${phoneLine}`
  return `${letter.slice(0, parting)} ${phoneLine}${letter.slice(parting)}`
}

function money(known: FieldValues, name: string): string {
  const value = known[name]
  return typeof value === 'number' ? value.toFixed(2) : 'an amount we cannot read'
}

function firstLineOf(invoiceText: string): string {
  return invoiceText.split('\n')[0]?.trim() ?? ''
}

/** Thursdays are payment runs: the first one at least two weeks after the invoice came. */
function paymentRun(receivedOn: string): string | null {
  const day = Date.parse(`${receivedOn}T00:00:00Z`)
  if (Number.isNaN(day)) return null
  const earliest = new Date(day + 14 * 86_400_000)
  const daysToThursday = (4 - earliest.getUTCDay() + 7) % 7
  return new Date(earliest.getTime() + daysToThursday * 86_400_000).toISOString().slice(0, 10)
}

function lookUp(known: FieldValues): FieldValues {
  return {
    orderTotal: known['orderTotal'] ?? null,
    goodsReceived: known['goodsReceived'] ?? true,
    paidBefore: known['paidBefore'] ?? false,
    lookupNote: known['lookupNote'] ?? 'Order and receipt agree',
  }
}

/** Invents an order for an invoice that a visitor made up, so that it takes one of the three ways. */
function guessOrder(values: FieldValues, next: Chance): FieldValues {
  const total = values['invoiceTotal']
  const roll = next()
  const paidBefore = roll < invoiceShares.duplicate
  const differs = !paidBefore && roll < invoiceShares.duplicate + invoiceShares.priceMismatch
  if (typeof total !== 'number') return { paidBefore, orderTotal: null }
  return {
    paidBefore,
    orderTotal: differs ? Math.round(total * 92 - 600) / 100 : total,
    lookupNote: paidBefore ? 'Booked before' : differs ? 'Order is lower than the invoice' : 'Order agrees',
  }
}

const habits: ColleagueHabits = {
  map: invoiceMap,
  cases: invoiceCases,
  shares: { edit: 0.1, sendBack: 0.06, byHand: 0.03 },
  guess: guessOrder,
  write: {
    'read-invoice': (known) => ({
      supplierName: known['supplierName'] ?? firstLineOf(textOf(known['invoiceText'])),
      invoiceNumber: known['invoiceNumber'] ?? null,
      orderNumber: known['orderNumber'] ?? null,
      invoiceTotal: known['invoiceTotal'] ?? null,
      likelyReason: known['likelyReason'] ?? 'Other',
    }),
    'look-up-order': lookUp,
    'ask-about-price': (known) => ({
      supplierQuery: `Dear ${textOf(known['supplierName'])} team,\n\nYour invoice ${textOf(known['invoiceNumber'])} asks for ${money(known, 'invoiceTotal')}. Our order says ${money(known, 'orderTotal')}. Could you tell us why they differ, or send a corrected invoice?\n\n${closing}`,
    }),
    'tell-about-duplicate': (known) => ({
      supplierNotice: `Dear ${textOf(known['supplierName'])} team,\n\nYou sent us invoice ${textOf(known['invoiceNumber'])} again. What we found: ${textOf(known['lookupNote'])}. We will not book it a second time. If it is for something else, please tell us.\n\n${closing}`,
    }),
    'propose-coding': (known) => ({
      costCategory: known['costCategory'] ?? 'Office and cleaning',
      paymentAdvice: known['paymentAdvice'] ?? 'Ask the requester',
    }),
    'book-invoice': (known, next) => ({
      bookingText: `${textOf(known['costCategory'])}, ${textOf(known['supplierName'])}`,
      bookingNumber: `7-${21_000 + Math.floor(next() * 900)}`,
      payOn: known['paymentAdvice'] === 'Pay when due' ? paymentRun(textOf(known['receivedOn'])) : null,
    }),
  },
  facts: new Set([
    'supplierName',
    'invoiceNumber',
    'orderNumber',
    'invoiceTotal',
    'likelyReason',
    'costCategory',
    'paymentAdvice',
  ]),
  polish,
}

export const invoiceColleagues = colleaguesOf(habits)
