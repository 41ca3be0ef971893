/** The visit that an execution belongs to: `draft#2` for its repeat `draft#2.r1` and for what it gathers, `draft#2.g`. */
export function visitIdOf(execId: string): string {
  return /^.*#\d+/.exec(execId)?.[0] ?? execId
}

/** How events name what a request is about. */
export function visitOf({ path, stepId, execId }: { path?: string; stepId: string; execId: string }): {
  stepId: string
  execId: string
} {
  return { stepId: path ?? stepId, execId: visitIdOf(execId) }
}
