import type { Problem } from '#domain/problems.ts'

export function limitOf(text: string | undefined): number {
  return text === undefined ? 50 : Number(text)
}

export const badCursor: Problem = {
  code: 'InvalidInput',
  errors: [
    {
      field: 'cursor',
      message: 'is not a place in this list',
      mend: 'use the "next" of the page before, or leave it out',
    },
  ],
}
