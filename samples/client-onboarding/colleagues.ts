import type { FieldValues } from '#domain/process-map.ts'
import type { Chance } from '../chance.ts'
import { colleaguesOf, textOf, type ColleagueHabits } from '../colleague.ts'
import type { SampleColleague } from '../sample.ts'
import { changeKinds } from './examples.ts'
import { onboardingCases } from './intake.ts'
import { onboardingMap } from './map.ts'

/** For clients that a visitor makes up; ours say themselves what is missing. */
export const onboardingShares = { missingPapers: 0.15, scopeChange: 0.1 }

export const onboardingStaff: SampleColleague[] = [
  { id: 'sample-maya', name: 'Maya Lindqvist (sample)', role: 'Onboarding team' },
  { id: 'sample-jonas', name: 'Jonas Brandt (sample)', role: 'Onboarding team' },
  { id: 'sample-tom', name: 'Tom Okafor (sample)', role: 'Client managers' },
]

const questionsLine = 'If anything is unclear, call us on 020 7946 0142.'
const lastAgendaPoint = 'Last: who does what next (2 min)'

function polish(name: string, text: string): string {
  return name === 'kickoffAgenda' ? withLine(text, lastAgendaPoint) : withQuestions(text)
}

function withLine(text: string, line: string): string {
  return text.includes(line) ? text : `${text.trimEnd()}\n${line}`
}

function withQuestions(text: string): string {
  if (text.includes(questionsLine)) return text
  const parting = text.search(/\n\n(Kind|Best|Warm) regards/)
  if (parting === -1) return `${text.trimEnd()}\n\n${questionsLine}`
  return `${text.slice(0, parting)}\n\n${questionsLine}${text.slice(parting)}`
}

function letter(known: FieldValues, body: string): string {
  const firstName = textOf(known['contactName']).split(' ')[0] ?? ''
  return `Dear ${firstName},\n\n${body}\n\nKind regards,\nMarlowe`
}

function writePack(known: FieldValues): FieldValues {
  const former = textOf(known['formerAccountant'])
  const invoices = textOf(known['invoiceEmail'])
  const asks =
    former === ''
      ? 'Please tell us who did your accounts before, so that we can ask for your records.'
      : `We will ask ${former} for your records.`
  const body = [
    `Thank you for choosing Marlowe. We act for ${textOf(known['clientName'])} from ${textOf(known['startDate'])}.`,
    `Our services: ${textOf(known['services'])}.`,
    invoices === '' ? 'Please tell us where our invoices should go.' : `Invoices go to ${invoices}.`,
    asks,
  ].join(' ')
  return {
    mainContact: known['mainContact'] ?? known['contactName'] ?? null,
    payrollPeople: known['payrollPeople'] ?? null,
    invoiceEmail: known['invoiceEmail'] ?? null,
    formerAccountant: known['formerAccountant'] ?? null,
    welcomeLetter: letter(known, body),
  }
}

function writePlan(known: FieldValues): FieldValues {
  const services = textOf(known['services']).split(/,\s*/).slice(0, 3)
  const lines = ['Who does what (10 min)', ...services.map((name) => `${name} (10 min)`), 'Questions (5 min)']
  const wantsPayroll = /payroll/i.test(textOf(known['services']))
  return {
    kickoffAgenda: lines.map((line, index) => `${index + 1}. ${line}`).join('\n'),
    clientBrings: wantsPayroll
      ? 'Bank login for the feed; last three payroll reports'
      : 'Bank login for the feed; last accounts',
    firstDeadline: wantsPayroll
      ? 'First payroll run after the start date'
      : 'Books of the first month closed',
  }
}

function kindOfChange(change: string): string {
  const isLess = /keep|without|no longer|drop/i.test(change)
  const isLater = /start|later|date|from .* instead/i.test(change)
  const [more, fewer, dates] = changeKinds
  return (isLess ? fewer : isLater ? dates : more) ?? 'Other terms'
}

const habits: ColleagueHabits = {
  map: onboardingMap,
  cases: onboardingCases,
  shares: { edit: 0.13, sendBack: 0.07, byHand: 0.04 },
  guess: (_values, next) => {
    const isMissing = next() < onboardingShares.missingPapers
    const isChanged = next() < onboardingShares.scopeChange
    return {
      papersComplete: !isMissing,
      missingPapers: isMissing ? 'Proof of address' : null,
      scopeChanged: isChanged,
      scopeChange: isChanged ? 'Wants payroll too' : null,
    }
  },
  write: {
    'check-contract': (known) => ({
      papersComplete: known['papersComplete'] ?? true,
      missingPapers: known['missingPapers'] ?? null,
    }),
    'ask-for-papers': (known) => ({
      papersRequest: letter(
        known,
        `Thank you for your papers. Before we can start we still need: ${textOf(known['missingPapers'])}. A photo is enough. You can upload it in our document safe.`,
      ),
    }),
    'draft-welcome-pack': writePack,
    'set-up-accounts': (known, next: Chance) => ({
      clientNumber: `MA-${2_000 + Math.floor(next() * 7_000)}`,
      scopeChanged: known['scopeChanged'] ?? false,
      scopeChange: known['scopeChange'] ?? null,
    }),
    'draft-change-note': (known) => ({
      changeKind: kindOfChange(textOf(known['scopeChange'])),
      changeNote: letter(
        known,
        `You asked for a change: ${textOf(known['scopeChange'])}. The contract says ${textOf(known['services'])} at £${textOf(known['monthlyFee'])} a month. Where the fee changes we will confirm it first. Please reply "agreed".`,
      ),
    }),
    'draft-kickoff-plan': writePlan,
  },
  facts: new Set(['mainContact', 'payrollPeople', 'invoiceEmail', 'formerAccountant', 'changeKind']),
  polish,
}

export const onboardingColleagues = colleaguesOf(habits)
