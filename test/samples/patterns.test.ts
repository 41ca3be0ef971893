import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { checkMap } from '#domain/check-map.ts'
import { compilePlan } from '#domain/compile-plan.ts'
import { ProcessMap } from '#domain/process-map.ts'
import { patterns } from '#samples/patterns/patterns.ts'
import { publishedOf, sha256 } from '../workflows/support/any-map.ts'
import { listingOf } from './listing.ts'

const page = readFileSync(new URL('../../docs/steps.md', import.meta.url), 'utf8')

describe.each(patterns)('the pattern $key', ({ key, shows, map, others }) => {
  test('is a map that can be published, and so is each inside it', () => {
    const find = publishedOf(others.map((other) => ({ ...other, version: 1 })))

    for (const each of [map, ...others.map((other) => other.map)]) {
      expect(ProcessMap.safeParse(each).error?.issues ?? []).toEqual([])
      expect(checkMap(each, find)).toEqual([])
    }
    expect(compilePlan(map, { mapId: key, version: 1, sha256, find }).start).toBe(map.start)
  })

  test('has the steps that it is to show', () => {
    const kinds = map.steps.map(({ kind }) => kind)

    expect(kinds).toEqual(expect.arrayContaining(shows))
  })

  test('stands in the page about steps as it is', () => {
    expect(page).toContain(`\`\`\`\n${listingOf(map)}\n\`\`\``)
    expect(page).toContain(`samples/patterns/${key}.ts`)
  })
})

test('the page about steps tells of every kind', () => {
  const kinds = new Set(patterns.flatMap(({ map }) => map.steps.map(({ kind }) => kind)))

  for (const kind of kinds) expect(page, kind).toContain(`\`${kind}\``)
})
