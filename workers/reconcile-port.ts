import type { Db } from '#store/db.ts'
import {
  casesThatStand,
  noteCheck,
  noteGoesOn,
  noteRepair,
  noteRound,
  noteStall,
  openCasesAfter,
  orderStartAgain,
  repairFromFacts,
  roundCursor,
  settleAttempts,
  storedState,
} from '#store/reconcile.ts'

type WithDb = {
  casesThatStand: typeof casesThatStand
  openCasesAfter: typeof openCasesAfter
  roundCursor: typeof roundCursor
  noteRound: typeof noteRound
  storedState: typeof storedState
  noteCheck: typeof noteCheck
  noteStall: typeof noteStall
  noteGoesOn: typeof noteGoesOn
  noteRepair: typeof noteRepair
  repairFromFacts: typeof repairFromFacts
  orderStartAgain: typeof orderStartAgain
  settleAttempts: typeof settleAttempts
}
type WithoutDb<Work> = Work extends (db: Db, ...args: infer Args) => infer Result
  ? (...args: Args) => Result
  : never

/** The database as the reconciler knows it. */
export type ReconcilePort = { [Name in keyof WithDb]: WithoutDb<WithDb[Name]> }

export function reconcilePort(db: Db): ReconcilePort {
  return {
    casesThatStand: () => casesThatStand(db),
    openCasesAfter: (after, limit) => openCasesAfter(db, after, limit),
    roundCursor: () => roundCursor(db),
    noteRound: (round) => noteRound(db, round),
    storedState: (caseId) => storedState(db, caseId),
    noteCheck: (check) => noteCheck(db, check),
    noteStall: (of, stall) => noteStall(db, of, stall),
    noteGoesOn: (of) => noteGoesOn(db, of),
    noteRepair: (of, repair) => noteRepair(db, of, repair),
    repairFromFacts: (caseId, told) => repairFromFacts(db, caseId, told),
    orderStartAgain: (of) => orderStartAgain(db, of),
    settleAttempts: () => settleAttempts(db),
  }
}
