import type { Played } from '../play.ts'

/** A move is taken or refused as the dry run says, and a case that was moved goes on in its new version. */
export function wrongMoves(played: Played): string[] {
  return [...otherAnswers(played), ...otherVersions(played), ...notCarriedOut(played)]
}

function otherAnswers({ asked, calls }: Played): string[] {
  return asked.moves.flatMap(({ said, answered, before, isStill }) => {
    if (answered === null) return []
    if (answered !== 'moving') {
      return isStill && said !== answered ? [`the dry run said ${said}, the case ${answered}`] : []
    }
    // It was asked again what was asked when the dry run looked: nothing had happened in between.
    const [task] = before.openTasks
    const isSame =
      task !== undefined &&
      calls.some(
        ({ name, request }) =>
          name === 'openTask' &&
          request.task.taskId === task.taskId &&
          request.task.version === task.version + 1,
      )
    return isSame && said.startsWith('{') ? [`the dry run said ${said}, and the case moved`] : []
  })
}

/** Every history has one version, and asks for nothing of another. */
function otherVersions({ runs, calls }: Played): string[] {
  const faults = runs.flatMap(({ runId, input }, nth) => {
    const { plan } = input
    const wrong = calls.filter(
      ({ request, runId: of }) =>
        of === runId &&
        'mapId' in request &&
        request.mapId === plan.mapId &&
        (request.version !== plan.version || request.planHash !== plan.hash),
    )
    return wrong.length === 0 ? [] : [`history ${nth + 1} asked for another version than ${plan.version}`]
  })
  return [...new Set(faults)]
}

function notCarriedOut({ asked, facts, runs, result }: Played): string[] {
  const moved = facts.filter(({ type }) => type === 'case-moved').length
  const taken = asked.moves.filter(({ answered }) => answered === 'moving').length
  const unknown = asked.moves.filter(({ answered }) => answered === null).length
  const cuts = runs.slice(1).filter(({ input }, nth) => input.plan.version !== runs[nth]?.input.plan.version)
  return [
    ...(moved > taken + unknown ? [`it moved ${moved} times and was told to ${taken} times`] : []),
    // A case that is stopped in the same moment moves no more.
    ...(moved < taken && result?.status === 'done' ? [`it was told to move, and did not`] : []),
    ...(cuts.length === moved ? [] : [`${moved} moves, and ${cuts.length} histories in another version`]),
  ]
}
