/** A path where its first step may be called otherwise by now: `approve[2]/inner` as `agree[2]/inner`. */
export function renamedPath(path: string, stepIds: Readonly<Record<string, string>>): string {
  return path.replace(/^[^/[]+/, (stepId) => stepIds[stepId] ?? stepId)
}
