import { z } from 'zod'

const Port = z
  .string()
  .regex(/^\d{1,5}$/)
  .transform(Number)
  .pipe(z.int().min(0).max(65_535))
const Switch = z.enum(['0', '1', '']).transform((value) => value === '1')
const Text = z.string().transform((value) => (value.trim() === '' ? null : value.trim()))

const Env = z.object({
  PORT: Port.default(4680),
  /** Where to listen; anything but loopback switches the demo off. */
  TL_HOST: z.string().min(1).default('127.0.0.1'),
  DATABASE_URL: z.string().min(1, 'name the database: postgresql://user:password@host:port/name'),
  TL_DEMO: Switch.default(false),
  /** Lets the sample colleagues of a demo in; made anew at every start of the stack. */
  TL_COLLEAGUE_KEY: Text.default(null),
  TL_PRACTICE: Switch.default(false),
  TL_MODEL: Text.default(null),
  OPENAI_BASE_URL: Text.default(null),
  OPENAI_API_KEY: Text.default(null),
  /** Host names besides loopback's own under which this server may be reached, by commas. */
  TL_ALLOWED_HOSTS: Text.default(null),
  /** `production` asks for a master key. */
  NODE_ENV: Text.default(null),
  TL_MASTER_KEY: Text.default(null),
  TL_MASTER_KEY_FILE: Text.default(null),
  /** Private addresses that connections may name, as host:port by commas. */
  TL_ALLOW_PRIVATE_CALLS: Text.default(null),
  TL_WRITES_PER_MINUTE: z
    .string()
    .regex(/^\d{1,6}$/)
    .transform(Number)
    .default(600),
})
export type ApiEnv = z.infer<typeof Env>

const loopback: readonly string[] = ['127.0.0.1', 'localhost', '[::1]', '::1']

export function isLoopback(host: string): boolean {
  return loopback.includes(host)
}

/** Reads the environment once; says all that is wrong with it. */
export function readEnv(env: NodeJS.ProcessEnv): ApiEnv {
  const read = Env.safeParse(env)
  if (read.success) return read.data
  const faults = read.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`)
  throw new Error(`The environment cannot be used.\n${faults.join('\n')}`)
}

export function allowedHosts(env: Pick<ApiEnv, 'TL_ALLOWED_HOSTS'>): string[] {
  return (env.TL_ALLOWED_HOSTS ?? '')
    .split(',')
    .map((host) => host.trim().toLowerCase())
    .filter((host) => host !== '')
}
