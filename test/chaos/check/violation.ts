export type InvariantId = 'I1' | 'I2' | 'I3' | 'I4' | 'I5' | 'I6' | 'I7' | 'I8' | 'I9' | 'I10'

/** A promise that was broken, and by what. */
export type Violation = { invariant: InvariantId; what: string }
