/** Says what happens and how long it took, in whole lines, so that a log file reads as well as a terminal. */
export type Progress = {
  say: (words: string) => void
  /** `work` returns what to say about the result. */
  step: <T>(title: string, work: (note: (words: string) => void) => Promise<Told<T>>) => Promise<T>
}

export type Told<T> = { result: T; words: string }

export function createProgress(write: (line: string) => void): Progress {
  return {
    say: write,
    step: async (title, work) => {
      const startedAt = performance.now()
      const { result, words } = await work((note) => write(`    ${title}: ${note}`))
      write(`  ${title}: ${words} (${secondsSince(startedAt)})`)
      return result
    },
  }
}

export function secondsSince(startedAt: number): string {
  return `${((performance.now() - startedAt) / 1000).toFixed(1)} s`
}
