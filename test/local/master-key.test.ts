import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { homeAt } from '#local/home.ts'
import { masterKeyEnv } from '#local/master-key.ts'
import { keyRingOf } from '#store/secrets/key-ring.ts'

const folder = mkdtempSync(join(tmpdir(), 'tl-key-'))
const home = homeAt(folder)
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('the first start makes a key that only its user can read, and later starts keep it', () => {
  const { TL_MASTER_KEY_FILE: file = '' } = masterKeyEnv(home, {})
  const made = readFileSync(file, 'utf8')

  const again = masterKeyEnv(home, {})

  expect(statSync(file).mode & 0o777).toBe(0o600)
  expect(again).toEqual({ TL_MASTER_KEY_FILE: file })
  expect(readFileSync(file, 'utf8')).toBe(made)
  expect(keyRingOf({ key: null, file, isRequired: true })?.byKid.size).toBe(1)
})

test('a key that the environment names is not replaced', () => {
  expect(masterKeyEnv(home, { TL_MASTER_KEY: 'own' })).toEqual({})
  expect(masterKeyEnv(home, { TL_MASTER_KEY_FILE: '/run/secrets/key' })).toEqual({})
})
