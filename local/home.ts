import { createHash } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Where one copy of Throughline keeps its state. Removing `root` removes the copy. */
export type Home = {
  root: string
  postgres: string
  temporal: string
  run: string
  logs: string
}

export const projectRoot = dirname(dirname(fileURLToPath(import.meta.url)))

/** Downloaded servers and the model: shared by every home of this checkout, safe to delete. */
export const downloadCache = join(projectRoot, '.throughline', 'cache')

export function homeAt(path: string): Home {
  const root = resolve(path)
  const home = {
    root,
    postgres: join(root, 'postgres'),
    temporal: join(root, 'temporal'),
    run: join(root, 'run'),
    logs: join(root, 'logs'),
  }
  for (const folder of [home.root, home.run, home.logs]) mkdirSync(folder, { recursive: true })
  // `npm run reset` removes only what carries this mark.
  writeFileSync(join(root, 'throughline-home'), '')
  return home
}

/** The home that `TL_HOME` names, else the ignored folder inside the checkout. */
export function chosenHome(env: NodeJS.ProcessEnv = process.env): Home {
  return homeAt(env['TL_HOME'] || join(projectRoot, '.throughline'))
}

/** The home of the servers that test runs share: a folder of the chosen home, so that two copies keep apart. */
export function testHome(env: NodeJS.ProcessEnv = process.env): Home {
  return homeAt(env['TL_TEST_HOME'] || join(env['TL_HOME'] || join(projectRoot, '.throughline'), 'test'))
}

export function homeKey(home: Home): string {
  return createHash('sha256').update(home.root).digest('hex').slice(0, 12)
}
