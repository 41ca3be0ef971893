import type { Me } from '#domain/views/session.ts'

export const sam = { id: 'sam', name: 'Sam Ruiz', sample: false }
export const maya = { id: 'maya', name: 'Maya Lind', sample: true }
export const priya = { id: 'priya', name: 'Priya Nair', sample: false }
export const dana = { id: 'dana', name: 'Dana Whitlock', sample: false }

export function aMe(over: Partial<Me> = {}): Me {
  return {
    person: sam,
    roles: [{ processId: 'onboarding', role: 'reviewer' }],
    personas: [
      {
        key: 'priya',
        person: priya,
        role: 'owner',
        says: 'Owns the process: starts pilots, mends what does not fit.',
      },
      { key: 'sam', person: sam, role: 'reviewer', says: 'Reads drafts and does the steps by hand.' },
      { key: 'dana', person: dana, role: 'leader', says: 'Wants to know whether it works.' },
    ],
    practiceModel: true,
    modelName: 'tl-practice 1',
    ...over,
  }
}
