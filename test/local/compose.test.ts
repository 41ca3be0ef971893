import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import * as z from 'zod'
import { projectRoot } from '#local/home.ts'
import { composeSchema } from './compose-schema.ts'

const Service = z.object({
  image: z.string(),
  restart: z.string(),
  networks: z.array(z.string()),
  environment: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).default({}),
  depends_on: z.record(z.string(), z.object({ condition: z.string() })).default({}),
  healthcheck: z.object({ test: z.array(z.string()) }).optional(),
  command: z.array(z.string()).default([]),
  entrypoint: z.array(z.string()).default([]),
  ports: z.array(z.string()).default([]),
  deploy: z.object({ replicas: z.int() }).optional(),
  stop_grace_period: z.string().optional(),
  volumes: z.array(z.string()).default([]),
})
const Compose = z.object({
  services: z.record(z.string(), Service),
  networks: z.record(z.string(), z.object({ internal: z.boolean().optional() }).nullable()),
  volumes: z.record(z.string(), z.null()),
})

const text = readFileSync(join(projectRoot, 'docker-compose.yml'), 'utf8')
const raw: unknown = parse(text, { merge: true })
const { services, networks, volumes } = Compose.parse(raw)
const entries = Object.entries(services)
const isJob = (service: z.infer<typeof Service>): boolean => service.restart.startsWith('on-failure')

describe('docker-compose.yml', () => {
  test('fits the Compose format', () => {
    const validate = new Ajv2020({ allowUnionTypes: true, strictTuples: false }).compile(composeSchema)

    validate(raw)

    expect(validate.errors).toBeNull()
  })

  test('a slip in a key would be noticed', () => {
    const validate = new Ajv2020({ allowUnionTypes: true, strictTuples: false }).compile(composeSchema)
    const slipped: unknown = parse(text.replaceAll('healthcheck:', 'healthchecks:'), { merge: true })

    expect(validate(slipped)).toBe(false)
  })

  test('every image is pinned to a version', () => {
    for (const [name, { image }] of entries) {
      const tag = image.replace(/\$\{\w+:-([^}]+)\}/, '$1').split(':')[1]
      expect(tag, name).toMatch(/^\d+\.\d+/)
    }
  })

  test('the Temporal server and its tools have one version, and our programs one image', () => {
    const tagOf = (image: string): string | undefined => image.split(':')[1]
    const temporal = entries.filter(([, { image }]) => image.startsWith('temporalio/'))
    const own = entries.filter(([, { image }]) => image.startsWith('throughline:'))

    expect(new Set(temporal.map(([, { image }]) => tagOf(image))).size).toBe(1)
    expect(new Set(own.map(([, { image }]) => image)).size).toBe(1)
    expect(own.map(([name]) => name)).toEqual(['migrate', 'api', 'worker-core', 'worker-ai'])
    expect(text).not.toContain('auto-setup')
  })

  test('everything that keeps running has a health check', () => {
    const unwatched = entries.filter(([, service]) => !isJob(service) && !service.healthcheck)

    expect(unwatched).toEqual([])
  })

  test('whoever needs a job waits until it has succeeded, and whoever needs a server until it is well', () => {
    for (const [name, service] of entries) {
      for (const [other, { condition }] of Object.entries(service.depends_on)) {
        const needed = services[other]
        const wanted = needed && isJob(needed) ? 'service_completed_successfully' : 'service_healthy'
        expect(condition, `${name} waits for ${other}`).toBe(wanted)
      }
    }
  })

  test('two of each of our servers run, and none that publishes a port of the host', () => {
    const doubled = entries.filter(([, { deploy }]) => deploy !== undefined)

    expect(doubled.map(([name, { deploy }]) => [name, deploy?.replicas])).toEqual([
      ['api', 2],
      ['worker-core', 2],
      ['worker-ai', 2],
    ])
    expect(doubled.flatMap(([, { ports }]) => ports)).toEqual([])
  })

  test('each of our servers gets more time to end than it takes', () => {
    const grace = Object.fromEntries(
      entries.map(([name, service]) => [name, Number.parseInt(service.stop_grace_period ?? '10', 10)]),
    )
    const mainOf = (file: string): string => readFileSync(join(projectRoot, file), 'utf8')
    const apiSeconds = [...mainOf('api/main.ts').matchAll(/^const (?:drain|farewell)Ms = ([\d_]+)$/gm)]
      .map((match) => Number((match[1] ?? '').replaceAll('_', '')) / 1_000)
      .reduce((sum, seconds) => sum + seconds, 0)
    const workerSeconds = Number(/shutdownGraceTime: '(\d+) seconds'/.exec(mainOf('workers/main.ts'))?.[1])

    expect(apiSeconds).toBeGreaterThan(10)
    expect(grace['api']).toBeGreaterThan(apiSeconds + 5)
    expect(grace['worker-core']).toBeGreaterThan(workerSeconds + 5)
    expect(grace['worker-ai']).toBeGreaterThan(workerSeconds + 5)
  })

  test('only the web port is published, on loopback unless told otherwise', () => {
    const published = entries.filter(([, { ports }]) => ports.length > 0)

    expect(published.map(([name]) => name)).toEqual(['edge'])
    expect(published[0]?.[1].ports).toEqual(['${WEB_BIND:-127.0.0.1}:${WEB_PORT:-4400}:4400'])
  })

  test('the database and Temporal cannot be reached from outside, nor reach out', () => {
    for (const name of ['postgresql', 'temporal']) expect(services[name]?.networks, name).toEqual(['inside'])
    expect(networks['inside']?.internal).toBe(true)
  })

  test('secrets come from the environment, and the required ones stop the start when missing', () => {
    for (const [name, { environment }] of entries) {
      for (const [variable, value] of Object.entries(environment)) {
        if (!/(PASSWORD|PWD|_KEY|SECRET)$/.test(variable)) continue
        expect(value, `${name} ${variable}`).toMatch(/^\$\{\w+:[?-]/)
        if (/(PASSWORD|PWD)$/.test(variable)) expect(value, `${name} ${variable}`).toMatch(/^\$\{\w+:\?/)
      }
    }
  })

  test('every file that is mounted or started is in the project', () => {
    const mounted = entries.flatMap(([, service]) =>
      service.volumes.map((volume) => volume.split(':')[0] ?? ''),
    )
    const started = entries
      .filter(([, { image }]) => image.startsWith('throughline:'))
      .flatMap(([, service]) => [...service.command, ...(service.healthcheck?.test ?? [])])
      .filter((word) => /^[\w./-]+\.(ts|mjs)$/.test(word))

    expect(started).toContain('api/main.ts')
    for (const file of [...mounted.filter((source) => source.startsWith('.')), ...started]) {
      expect(existsSync(join(projectRoot, file)), file).toBe(true)
    }
    for (const named of mounted.filter((source) => !source.startsWith('.')))
      expect(volumes).toHaveProperty(named)
  })

  test('it sets no variable of ours that the programs do not read', () => {
    const read = variablesReadBy(['api', 'workers', 'store'])
    const own = entries.filter(([, { image }]) => image.startsWith('throughline:'))
    const set = new Set(own.flatMap(([, { environment }]) => Object.keys(environment)))

    const unread = [...set].filter(
      (name) => !read.has(name) && !name.startsWith('TEMPORAL_') && name !== 'NODE_ENV',
    )

    expect(unread).toEqual([])
  })
})

describe('the README', () => {
  test('explains every variable that the code or docker-compose.yml reads', () => {
    const readme = readFileSync(join(projectRoot, 'README.md'), 'utf8')
    const inCompose = [...text.matchAll(/\$\{(\w+)/g)].map((match) => match[1] ?? '')
    const read = new Set([...variablesReadBy(['api', 'workers', 'store', 'local']), ...inCompose])

    const unexplained = [...read].filter((name) => !platformOwn.has(name) && !readme.includes(`\`${name}\``))

    expect(unexplained).toEqual([])
  })
})

/** Set by the system, by npm or by one of our programs for another, never by a person. */
const platformOwn = new Set([
  'PATH',
  'HOME',
  'NODE_ENV',
  'SUDO_UID',
  'npm_execpath',
  'npm_lifecycle_event',
  'INIT_CWD',
])

function variablesReadBy(folders: string[]): Set<string> {
  const sources = folders.flatMap(sourcesUnder).map((file) => readFileSync(file, 'utf8'))
  const names = sources.flatMap((source) => [
    ...[...source.matchAll(/\benv(?:\[['"]|\.)(\w+)/g)].map((match) => match[1] ?? ''),
    // Environment schemas: NAME: z.…
    ...[...source.matchAll(/^\s*([A-Z][A-Z0-9_]{2,}):\s*z\b/gm)].map((match) => match[1] ?? ''),
  ])
  return new Set(names.filter((name) => /^[A-Z][A-Z0-9_]+$/.test(name)))
}

function sourcesUnder(folder: string): string[] {
  const path = join(projectRoot, folder)
  if (!existsSync(path)) return []
  return readdirSync(path, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(ts|mjs)$/.test(name))
    .map((name) => join(path, name))
}
