/** Steps that AI or the other system does, and that a person can do instead. */
export const doneByHand = {
  letters: ['draft', 'answer'],
  orders: ['reserve', 'book', 'bill', 'slip/note'],
} as const
