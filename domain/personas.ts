import type { Persona } from './views/session.ts'

/** The three people of a demo. Anyone at the machine may act as them, so they exist on loopback only. */
export const demoPersonas: Persona[] = [
  {
    key: 'priya',
    person: { id: 'priya', name: 'Priya Nair', sample: false },
    role: 'owner',
    says: 'I own the process. I want fewer hours per case, and numbers my boss believes.',
  },
  {
    key: 'sam',
    person: { id: 'sam', name: 'Sam Ruiz', sample: false },
    role: 'reviewer',
    says: 'I check what AI drafts. I want to decide well, fast, and be home on time.',
  },
  {
    key: 'dana',
    person: { id: 'dana', name: 'Dana Voss', sample: false },
    role: 'leader',
    says: 'I watch results. I want to know which pilot pays, and when it ends.',
  },
]
