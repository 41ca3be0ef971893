import { randomBytes } from 'node:crypto'
import { existsSync, linkSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Home } from './home.ts'

/**
 * The variables that give our programs the key of this home's secrets, which is made at the first start. A key that
 * the user's own environment names is used instead.
 */
export function masterKeyEnv(home: Home, env: NodeJS.ProcessEnv = process.env): Record<string, string> {
  if (env['TL_MASTER_KEY'] || env['TL_MASTER_KEY_FILE']) return {}
  const file = join(home.root, 'master.key')
  if (!existsSync(file)) makeKeyFile(file)
  return { TL_MASTER_KEY_FILE: file }
}

/** Written aside and linked into place: there is never half a key, and of two starts at once one wins. */
function makeKeyFile(file: string): void {
  const draft = `${file}.${process.pid}`
  try {
    writeFileSync(draft, `${randomBytes(32).toString('base64')}\n`, { mode: 0o600, flag: 'wx' })
    linkSync(draft, file)
  } catch (error) {
    if (!existsSync(file)) throw error
  } finally {
    rmSync(draft, { force: true })
  }
}
