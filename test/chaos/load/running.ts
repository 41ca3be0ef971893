import type { Chance } from '#samples/chance.ts'
import type { Mood } from './deeds.ts'

/** How people are told to be, and how many tasks they last saw waiting. */
export type State = { mood: Mood; isPaused: boolean; isStopped: boolean; waiting: number }
export type Running = { state: State; next: Chance }
