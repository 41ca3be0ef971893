import { checks } from './checks.ts'
import { chosenHome } from './home.ts'

/** `npm run doctor`: says what is well and what is not; `--json` for scripts. Exit code 1 when something is not. */
const home = chosenHome()
const findings = await Promise.all(
  checks.map(async ({ name, run }) => {
    try {
      return { name, ...(await run(home)) }
    } catch (error) {
      const fault = `the check itself failed: ${error instanceof Error ? error.message : String(error)}`
      return { name, ok: false as const, fault, fix: 'Please report this.' }
    }
  }),
)
const isWell = findings.every((finding) => finding.ok)

if (process.argv.includes('--json')) {
  console.log(JSON.stringify({ ok: isWell, home: home.root, checks: findings }, null, 2))
} else {
  for (const finding of findings) {
    console.log(
      finding.ok
        ? `✓ ${finding.name}: ${finding.found}`
        : `✗ ${finding.name}: ${finding.fault}\n    ${finding.fix}`,
    )
  }
  console.log(isWell ? 'All is well.' : 'Something needs attention.')
}
process.exit(isWell ? 0 : 1)
