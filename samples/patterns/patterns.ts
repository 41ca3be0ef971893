import { containedCheck } from './contained-check.ts'
import { creditRegister } from './credit-register.ts'
import { invoiceLines } from './invoice-lines.ts'
import { parallelChecks } from './parallel-checks.ts'
import type { Pattern } from './pattern.ts'
import { signedPapers } from './signed-papers.ts'
import { undoneBooking } from './undone-booking.ts'

/** One small map for each kind of step that is not in the two large samples. */
export const patterns: Pattern[] = [
  parallelChecks,
  invoiceLines,
  signedPapers,
  creditRegister,
  containedCheck,
  undoneBooking,
]
