import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { restoreBackup } from './restore-backup.ts'
import { writeBackup } from './write-backup.ts'

export type Asked =
  | { kind: 'backup'; file: string }
  | { kind: 'restore'; file: string; withoutSecrets: boolean }

/** What the command line asks for, or how it is to be asked. Files are named from where the user stands. */
export function askedFor(
  kind: string | undefined,
  args: string[],
  { folder, env = process.env }: { folder: string; env?: NodeJS.ProcessEnv },
): Asked | { fault: string } {
  // npm runs scripts in the project, wherever it was called.
  const here = env['INIT_CWD'] ?? process.cwd()
  try {
    if (kind === 'backup') {
      const { values } = parseArgs({ args, options: { to: { type: 'string' } } })
      return { kind, file: values.to === undefined ? resolve(folder, fileName()) : resolve(here, values.to) }
    }
    if (kind === 'restore') {
      const options = { 'without-secrets': { type: 'boolean' } } as const
      const { values, positionals } = parseArgs({ args, options, allowPositionals: true })
      const [file, ...more] = positionals
      if (file === undefined || more.length > 0) return { fault: 'Say which file: npm run restore -- FILE' }
      return { kind, file: resolve(here, file), withoutSecrets: values['without-secrets'] === true }
    }
  } catch (error) {
    return { fault: error instanceof Error ? error.message : String(error) }
  }
  return { fault: 'Say what to do: backup --to FILE, or restore FILE' }
}

function fileName(): string {
  return `throughline-${new Date().toISOString().slice(0, 19).replaceAll(':', '-')}.backup.gz`
}

/** Does it, says what was done, and gives the exit code. */
export async function carryOut(url: string, asked: Asked): Promise<number> {
  const startedAt = performance.now()
  const seconds = (): string => `${((performance.now() - startedAt) / 1000).toFixed(1)} s`
  if (asked.kind === 'backup') {
    const written = await writeBackup(url, asked.file)
    if ('fault' in written) return refused(written.fault)
    console.log(
      `${written.rows} rows of ${written.tables} tables were written to ${written.file} (${written.bytes} bytes) in ${seconds()}.`,
    )
    console.log(
      'Keep it on another machine, and the master key apart from it: without that key no secret in it opens.',
    )
    return 0
  }
  const restored = await restoreBackup(url, asked.file, asked)
  if ('fault' in restored) return refused(restored.fault)
  console.log(
    `${restored.rows} rows of ${restored.tables} tables are back as they were at ${restored.at}, in ${seconds()}.`,
  )
  if (restored.migrated.length > 0) console.log(`Brought up to date: ${restored.migrated.join(', ')}.`)
  if (restored.openCases > 0) {
    console.log(
      `${restored.openCases} cases were open then. Those whose history the engine has not are marked as stuck within a minute of the start; begin them again, or stop them.`,
    )
  }
  console.log(
    asked.withoutSecrets
      ? 'Secrets of connections were left out: enter them again.'
      : 'Give the new host the master key of the old one before it starts.',
  )
  return 0
}

function refused(fault: string): number {
  console.error(fault)
  return 1
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const url = process.env['DATABASE_URL']
  if (url === undefined) {
    console.error('DATABASE_URL is not set: say which database.')
    process.exit(1)
  }
  const [kind, ...args] = process.argv.slice(2)
  const asked = askedFor(kind, args, { folder: process.cwd() })
  if ('fault' in asked) {
    console.error(asked.fault)
    process.exit(1)
  }
  process.exit(await carryOut(url, asked))
}
