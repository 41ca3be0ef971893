import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'vitest'
import type { z } from 'zod'

const folder = join(import.meta.dirname, '../../../../shared/data')

const hasReferenceData = existsSync(join(folder, 'README.md'))

/** A describe block that says so and skips when the reference folder is not on this machine. */
export function describeWithReference(title: string, body: () => void): void {
  if (hasReferenceData) {
    describe(title, body)
    return
  }
  console.warn(`skipped "${title}": no reference data in ${folder}`)
  // The body reads files while tests are collected, so it must not run at all.
  describe.skip(title, () => test('needs the reference data', () => {}))
}

export function referencePath(file: string): string {
  return join(folder, file)
}

export function reference<S extends z.ZodType>(file: string, schema: S): z.infer<S> {
  return schema.parse(JSON.parse(readFileSync(referencePath(file), 'utf8')))
}

/** Relative closeness, absolute below 1. */
export function isClose(actual: number | null, expected: number | null, tolerance: number): boolean {
  if (actual === null || expected === null) return actual === expected
  return Math.abs(actual - expected) <= tolerance * Math.max(1, Math.abs(expected))
}
