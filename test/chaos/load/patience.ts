/** How long somebody asks again before giving up, and how long somebody without patience does. */
export const patientMs = 90_000
export const impatientMs = 2_500
