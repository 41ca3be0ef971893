import { readFile } from 'node:fs/promises'
import { SourceMap } from 'node:module'
import { describe, expect, it } from 'vitest'
import { buildWorkflows } from '#workers/build.ts'

/** The files that went into the bundle, by its own source map. */
async function bundledFiles(): Promise<string[]> {
  const code = await readFile(await buildWorkflows(), 'utf8')
  const encoded = /sourceMappingURL=data:application\/json[^,]*,([A-Za-z0-9+/=]+)\s*$/.exec(code)?.[1]
  if (encoded === undefined) throw new Error('the bundle has no source map')
  const map = new SourceMap(JSON.parse(Buffer.from(encoded, 'base64').toString('utf8')))
  return map.payload.sources
}

describe('the bundle of the workflows', () => {
  it('holds nothing that the sandbox should not carry', async () => {
    const files = await bundledFiles()

    const packages = new Set(
      files.flatMap((file) => {
        const name = /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file)?.[1]
        return name === undefined ? [] : [name]
      }),
    )
    expect(files.length).toBeGreaterThan(50)
    expect(files.filter((file) => file.includes('node:'))).toEqual([])
    expect([...packages].toSorted()).toEqual([
      '@marcbachmann/cel-js',
      '@temporalio/common',
      '@temporalio/workflow',
      'long',
      'ms',
      'nexus-rpc',
    ])
  })

  it('has our own modules from the workflows and the zod-free part of the domain only', async () => {
    const files = await bundledFiles()

    const own = files.flatMap((file) => {
      const path = /(?:^|\/)((?:workflows|domain|store|workers|api|web|local|samples)\/[^?]*\.tsx?)/.exec(
        file,
      )?.[1]
      return path === undefined || file.includes('node_modules') ? [] : [path]
    })
    expect(own).toContain('workflows/case-workflow.ts')
    expect(own.filter((file) => !file.startsWith('workflows/')).toSorted()).toEqual([
      'domain/canonical-json.ts',
      'domain/case-messages.ts',
      'domain/decide.ts',
      'domain/expressions.ts',
      'domain/map-upgrades.ts',
      'domain/plan-ahead.ts',
      'domain/plan.ts',
      'domain/shown-hash.ts',
      'domain/step-names.ts',
    ])
  })

  it('keeps no state between cases in its modules', async () => {
    const files = (await bundledFiles()).filter((file) => /\/workflows\/[^/]+\.ts$/.test(file))
    const sources = await Promise.all(
      [...new Set(files.map((file) => file.replace(/^.*\/workflows\//, '')))].map(async (name) => ({
        name,
        text: await readFile(new URL(`../../workflows/${name}`, import.meta.url), 'utf8'),
      })),
    )

    const changeable = sources.flatMap(({ name, text }) =>
      text
        .split('\n')
        .filter(
          (line) =>
            /^(let|var) /.test(line) || /^(export )?const \w+(: [^=]+)? = new (Map|WeakMap)/.test(line),
        )
        .map((line) => `${name}: ${line}`),
    )
    expect(sources.length).toBeGreaterThan(5)
    expect(changeable).toEqual([])
  })
})
