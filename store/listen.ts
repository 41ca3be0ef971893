import pg from 'pg'

/**
 * Holds one connection that hears of every commit that told live pages something, and makes a new one whenever it
 * is lost; what was missed meanwhile is in the table.
 */
export function listenForChanges(url: string, onChange: () => void): { close: () => Promise<void> } {
  let client: pg.Client | null = null
  let retry: NodeJS.Timeout | undefined
  let isClosed = false

  const connect = async (): Promise<void> => {
    if (isClosed) return
    const fresh = new pg.Client({
      connectionString: url,
      application_name: 'throughline live',
      connectionTimeoutMillis: 5_000,
      keepAlive: true,
    })
    client = fresh
    fresh.on('error', () => undefined)
    fresh.on('notification', onChange)
    fresh.on('end', again)
    try {
      await fresh.connect()
      await fresh.query('listen tl_stream')
      onChange()
    } catch {
      await fresh.end().catch(() => undefined)
      again()
    }
  }
  const again = (): void => {
    if (isClosed) return
    clearTimeout(retry)
    retry = setTimeout(() => void connect(), 1_000)
    retry.unref()
  }

  void connect()
  return {
    close: async () => {
      isClosed = true
      clearTimeout(retry)
      await client?.end().catch(() => undefined)
    },
  }
}
