import { createHash } from 'node:crypto'
import { mkdir, readFile, readdir, rename, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { bundleWorkflowCode } from '@temporalio/worker'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const bundle = join(root, 'dist', 'workflow-bundle.js')
const inputs = ['workflows', 'domain']

/**
 * Loaded once for all cases instead of once for each: the expression language, which keeps nothing of a case. It is
 * most of what a case in memory weighs, and of what its first task costs.
 */
export const sharedModules = [join(root, 'domain', 'expressions.ts')]

/** Bundles the workflows, so that workers start without doing it, and gives the bundle's path. */
export async function buildWorkflows(): Promise<string> {
  const mark = `// of ${await inputHash()}\n`
  const head = await readFile(bundle, 'utf8').catch(() => '')
  if (head.startsWith(mark)) return bundle
  const { code } = await bundleWorkflowCode({
    workflowsPath: join(root, 'workflows', 'index.ts'),
    preloadModules: sharedModules,
    logger: quiet,
  })
  await mkdir(dirname(bundle), { recursive: true })
  const half = `${bundle}.${process.pid}.part`
  await writeFile(half, mark + code)
  await rename(half, bundle)
  return bundle
}

const nothing = (): void => undefined
const quiet = { log: nothing, trace: nothing, debug: nothing, info: nothing, warn: nothing, error: nothing }

async function inputHash(): Promise<string> {
  const hash = createHash('sha256').update(await readFile(fileURLToPath(import.meta.url)))
  for (const folder of inputs) {
    const found = await readdir(join(root, folder), { recursive: true })
    for (const name of found.filter((file) => file.endsWith('.ts')).toSorted()) {
      hash.update(`${folder}/${name}\n`).update(await readFile(join(root, folder, name)))
    }
  }
  // The bundle holds the engine's own library and the expression language too.
  for (const name of ['@temporalio/workflow', '@marcbachmann/cel-js']) {
    hash.update(await readFile(join(root, 'node_modules', name, 'package.json')))
  }
  return hash.digest('hex').slice(0, 16)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const startedAt = performance.now()
  const path = await buildWorkflows()
  console.log(`Workflows are bundled in ${path} (${Math.round(performance.now() - startedAt)} ms)`)
}
