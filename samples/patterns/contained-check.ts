import type { ProcessMap } from '#domain/process-map.ts'
import { field, inARow } from '../map-parts.ts'
import { byRule, howTo, mapBase, stepBase, type Pattern } from './pattern.ts'

/** A check that several processes share: a process of its own. */
const identityCheck: ProcessMap = {
  ...mapBase,
  name: 'Identity check',
  unit: 'person',
  fields: [
    field({ name: 'person', label: 'Person', type: 'text', hint: '', sensitivity: 'personal' }),
    field({
      name: 'paper',
      label: 'Passport or card',
      type: 'text',
      hint: 'Kind and number',
      sensitivity: 'personal',
    }),
    field({ name: 'isKnown', label: 'Identity is clear', type: 'yes-no', hint: '', sensitivity: 'internal' }),
  ],
  intake: [
    { field: 'person', required: true },
    { field: 'paper', required: false },
  ],
  titleField: 'person',
  start: 'compare',
  steps: [
    {
      ...stepBase,
      kind: 'manual',
      id: 'compare',
      title: 'Compare face and paper',
      inputs: ['person', 'paper'],
      outputs: ['isKnown'],
      guidance: howTo('In daylight or on camera.', 'Number and date of expiry against the paper itself.'),
      sla: null,
    },
    { ...stepBase, kind: 'end', id: 'compared', title: 'Compared', outcome: 'Compared', guidance: howTo() },
  ],
  links: inARow('compare', 'compared'),
}

/** An account is opened; who it is for is checked by another process inside it. */
export const containedCheck: Pattern = {
  key: 'contained-check',
  shows: ['sub-process'],
  others: [{ processId: 'identity-check', map: identityCheck }],
  connections: [],
  map: {
    ...mapBase,
    name: 'Open an account',
    unit: 'applicant',
    fields: [
      field({ name: 'applicant', label: 'Applicant', type: 'text', hint: '', sensitivity: 'personal' }),
      field({ name: 'passport', label: 'Passport', type: 'text', hint: '', sensitivity: 'personal' }),
      field({
        name: 'identityClear',
        label: 'Identity is clear',
        type: 'yes-no',
        hint: '',
        sensitivity: 'internal',
      }),
    ],
    intake: [
      { field: 'applicant', required: true },
      { field: 'passport', required: false },
    ],
    titleField: 'applicant',
    start: 'check-identity',
    steps: [
      {
        ...byRule,
        kind: 'sub-process',
        id: 'check-identity',
        title: 'Check the identity',
        processId: 'identity-check',
        version: 1,
        gives: [
          { from: 'applicant', to: 'person' },
          { from: 'passport', to: 'paper' },
        ],
        takes: [{ from: 'isKnown', to: 'identityClear' }],
        outputs: ['identityClear'],
      },
      { ...byRule, kind: 'decision', id: 'is-clear', title: 'Is it clear?', inputs: ['identityClear'] },
      {
        ...stepBase,
        kind: 'manual',
        id: 'open-account',
        title: 'Open the account',
        inputs: ['applicant'],
        outputs: [],
        guidance: howTo('With the name exactly as on the paper.'),
        sla: null,
      },
      { ...stepBase, kind: 'end', id: 'opened', title: 'Opened', outcome: 'Opened', guidance: howTo() },
      { ...stepBase, kind: 'end', id: 'refused', title: 'Refused', outcome: 'Refused', guidance: howTo() },
    ],
    links: [
      ...inARow('check-identity', 'is-clear'),
      { on: 'when', from: 'is-clear', to: 'open-account', condition: 'identityClear', label: 'Yes' },
      { on: 'otherwise', from: 'is-clear', to: 'refused', label: 'No' },
      ...inARow('open-account', 'opened'),
    ],
  },
}
