import { z } from 'zod'
import { privateCallsOf, type PrivateCalls } from '#domain/call-address.ts'
import { keyRingOf, type KeyRing } from '#store/secrets/key-ring.ts'

const Role = z.enum(['core', 'ai'])
export type Role = z.infer<typeof Role>

const Variables = z.object({
  DATABASE_URL: z.string().min(1, 'give the address of the database'),
  /** Which parts of the work this process takes: `core`, `ai`, or both. */
  TL_WORKER_ROLES: z
    .string()
    .regex(/^((core|ai)(,\s*(core|ai))*)?$/, 'give core, ai or core,ai')
    .optional(),
  OPENAI_API_KEY: z.string().optional(),
  OPENAI_BASE_URL: z.union([z.url(), z.literal('')]).optional(),
  TL_MODEL: z.string().optional(),
  /** 1 when the model is the small one that comes with a local start: its drafts are labelled. */
  TL_PRACTICE: z.string().optional(),
  /** `production` asks for a master key. */
  NODE_ENV: z.string().optional(),
  TL_MASTER_KEY: z.string().optional(),
  TL_MASTER_KEY_FILE: z.string().optional(),
  /** Private addresses that calls may reach, as host:port by commas. */
  TL_ALLOW_PRIVATE_CALLS: z.string().optional(),
  /** How many drafts are made at a time. */
  TL_AI_CONCURRENCY: z
    .string()
    .regex(/^([1-9]|[1-9]\d|100)$/, 'give a number from 1 to 100')
    .optional(),
})

export type ModelSettings = {
  baseUrl: string
  apiKey: string
  model: string
  practice: boolean
}

export type WorkerSettings = {
  databaseUrl: string
  roles: Role[]
  /** Null, with the reason, when no model is configured: ai steps then go to a person. */
  model: ModelSettings | { missing: string }
  aiConcurrency: number
  /** Opens the secrets of connections; null for workers that call nobody, and without a master key. */
  secretKeys: KeyRing | null
  privateCalls: PrivateCalls
}

/** Everything a worker reads from its environment, apart from the variables of the Temporal client itself. */
export function readEnv(env: NodeJS.ProcessEnv): WorkerSettings {
  const parsed = Variables.safeParse(env)
  if (!parsed.success) throw new Error(`The environment is not complete:\n${z.prettifyError(parsed.error)}`)
  const read = parsed.data
  const practice = read.TL_PRACTICE === '1'
  const isProduction = read.NODE_ENV === 'production'
  const roles = Role.options.filter((role) => (read.TL_WORKER_ROLES || 'core,ai').includes(role))
  return {
    databaseUrl: read.DATABASE_URL,
    roles,
    model: modelOf(read, practice),
    aiConcurrency: Number(read.TL_AI_CONCURRENCY ?? (practice ? 1 : 20)),
    // Calls are made where drafts are.
    secretKeys: roles.includes('ai')
      ? keyRingOf({
          key: read.TL_MASTER_KEY || null,
          file: read.TL_MASTER_KEY_FILE || null,
          isRequired: isProduction,
        })
      : null,
    privateCalls: privateCallsOf(read.TL_ALLOW_PRIVATE_CALLS ?? null, isProduction),
  }
}

function modelOf(read: z.infer<typeof Variables>, practice: boolean): WorkerSettings['model'] {
  const { OPENAI_API_KEY: apiKey, OPENAI_BASE_URL: baseUrl, TL_MODEL: model } = read
  if (!apiKey && !baseUrl) return { missing: 'No AI model is configured here.' }
  if (!model) return { missing: 'An AI endpoint is configured, but no model is named (TL_MODEL).' }
  return {
    baseUrl: baseUrl || 'https://api.openai.com/v1',
    // Endpoints inside a firm often ask for none, but the client wants one.
    apiKey: apiKey || 'none',
    model,
    practice,
  }
}
