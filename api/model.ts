import type { ApiEnv } from './env.ts'
import type { Deps } from './deps.ts'

/** What is known of the model: the practice model is asked, a foreign endpoint is not bothered. */
export function modelOf(env: ApiEnv): Deps['model'] {
  const { TL_PRACTICE: practice, TL_MODEL: name, OPENAI_BASE_URL: url, OPENAI_API_KEY: key } = env
  return {
    practice,
    name,
    health: async () => {
      if (url === null && key === null) return { ok: false, detail: 'No model: AI steps go to a person' }
      if (name === null) return { ok: false, detail: 'No model is named (TL_MODEL): AI steps go to a person' }
      if (!practice || url === null) return { ok: true, detail: `Configured: ${name}` }
      return (await answers(url, key))
        ? { ok: true, detail: `Practice model ${name} answers` }
        : { ok: false, detail: 'The practice model does not answer: AI steps go to a person' }
    },
  }
}

async function answers(url: string, key: string | null): Promise<boolean> {
  try {
    const response = await fetch(`${url.replace(/\/$/, '')}/models`, {
      headers: key === null ? {} : { authorization: `Bearer ${key}` },
      signal: AbortSignal.timeout(1_500),
    })
    await response.body?.cancel()
    return response.ok
  } catch {
    return false
  }
}
