import { checks } from './checks.ts'
import { chosenHome } from './home.ts'
import { checkPromises } from './promises.ts'

/** `npm run doctor`: says what is well and what is not; `--json` for scripts. Exit code 1 when something is not. */
const startedAt = performance.now()
const home = chosenHome()
const findings = await Promise.all(
  checks.map(async ({ name, run }) => {
    try {
      return { name, ...(await run(home)) }
    } catch (error) {
      const fault = `the check itself failed: ${wordsOf(error)}`
      return { name, ok: false as const, fault, fix: 'Please report this.' }
    }
  }),
)
const { promises, fault } = await promisesOrFault()
const tookMs = Math.round(performance.now() - startedAt)
const isWell =
  findings.every((finding) => finding.ok) && fault === null && promises.every(({ holds }) => holds)

if (process.argv.includes('--json')) {
  const report = { ok: isWell, home: home.root, tookMs, checks: findings, promises, fault }
  console.log(JSON.stringify(report, null, 2))
} else {
  for (const finding of findings) {
    console.log(
      finding.ok
        ? `✓ ${finding.name}: ${finding.found}`
        : `✗ ${finding.name}: ${finding.fault}\n    ${finding.fix}`,
    )
  }
  for (const { id, promise, holds, found, tookMs: ms } of promises) {
    console.log(`${holds ? '✓' : '✗'} ${id} ${promise}: ${found} (${ms} ms)`)
  }
  if (fault !== null) console.log(`✗ The promises could not be checked: ${fault}`)
  if (promises.some(({ holds }) => !holds)) {
    console.log('    Keep a copy of the state folder and report a broken promise: it is a bug of ours.')
  }
  const words = isWell ? 'All is well' : 'Something needs attention'
  console.log(`${words}. Looking took ${(tookMs / 1000).toFixed(1)} s.`)
}
process.exit(isWell ? 0 : 1)

async function promisesOrFault(): Promise<{
  promises: NonNullable<Awaited<ReturnType<typeof checkPromises>>>
  fault: string | null
}> {
  try {
    const found = await checkPromises(home)
    return found === null
      ? { promises: [], fault: 'no PostgreSQL of this home runs' }
      : { promises: found, fault: null }
  } catch (error) {
    return { promises: [], fault: wordsOf(error) }
  }
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
