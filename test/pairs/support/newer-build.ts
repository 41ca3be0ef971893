import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { projectRoot } from '#local/home.ts'

const parts = ['domain', 'store', 'workflows', 'workers', 'api', 'package.json', 'tsconfig.json']

/** A copy of the project whose interpreter has the next semantics: what the next release may bring. */
export function newerBuild(): { root: string; remove: () => void } {
  const root = mkdtempSync(join(tmpdir(), 'throughline-newer-'))
  for (const part of parts) cpSync(join(projectRoot, part), join(root, part), { recursive: true })
  symlinkSync(join(projectRoot, 'node_modules'), join(root, 'node_modules'))
  const file = join(root, 'domain', 'plan.ts')
  const text = readFileSync(file, 'utf8')
  const newer = text.replace(
    /^(export const currentSemantics = )(\d+)$/m,
    (_, begin: string, n: string) => `${begin}${Number(n) + 1}`,
  )
  if (newer === text) throw new Error('domain/plan.ts does not say which semantics it has')
  writeFileSync(file, newer)
  return { root, remove: () => rmSync(root, { recursive: true, force: true }) }
}
