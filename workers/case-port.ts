import {
  appendFacts,
  beginStep,
  closeCase,
  escalateTask,
  finishStep,
  noteSent,
  openTask,
} from '#store/case-work.ts'
import { loadConnection } from '#store/connections.ts'
import type { Db } from '#store/db.ts'
import { loadFields } from '#store/documents.ts'
import { loadVersion } from '#store/processes.ts'
import type { CasePort } from './ports.ts'

/** The database as the activities know it. */
export function casePort(db: Db): CasePort {
  return {
    loadMapVersion: async (mapId, version) => loadVersion(db, mapId, version),
    loadFields: async (refs) => loadFields(db, refs),
    beginStep: async (request, events) => beginStep(db, request, events),
    finishStep: async (finished) => finishStep(db, finished),
    loadConnection: async (processId, name) => loadConnection(db, processId, name),
    noteSent: async (noted) => noteSent(db, noted),
    openTask: async (task) => openTask(db, task),
    escalateTask: async (request, to) => escalateTask(db, request, to),
    appendFacts: async (caseId, facts) => appendFacts(db, caseId, facts),
    closeCase: async (request) => closeCase(db, request),
  }
}
