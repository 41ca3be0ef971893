import type { LookupAddress } from 'node:dns'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startOtherSystem, type OtherSystem } from '#test/support/other-system.ts'
import { connectCaller, type Answer, type CallerSettings } from '#workers/call/caller.ts'

let other: OtherSystem
beforeAll(async () => {
  other = await startOtherSystem()
})
afterAll(() => other.close())

/** What a name server says, answer after answer; the last one stays. */
function nameServer(...answers: string[][]): {
  resolve: NonNullable<CallerSettings['resolve']>
  asked: string[]
} {
  const asked: string[] = []
  return {
    asked,
    resolve: async (hostname) => {
      const found = answers[Math.min(asked.length, answers.length - 1)] ?? []
      asked.push(hostname)
      return found.map((address): LookupAddress => ({ address, family: address.includes(':') ? 6 : 4 }))
    },
  }
}

async function ask(
  baseUrl: string,
  { privateAddress = false, ...settings }: Partial<CallerSettings> & { privateAddress?: boolean },
): Promise<Answer> {
  const caller = connectCaller({ keys: null, privateCalls: 'any', ...settings })
  return caller.call({
    connection: { processId: 'p', name: 'register', baseUrl, privateAddress, headers: [] },
    method: 'GET',
    url: new URL(`${baseUrl}/letters`),
    body: null,
    idempotencyKey: 'case:ask#1',
    wantsReply: true,
    deadlineMs: 20_000,
    signal: new AbortController().signal,
    beforeSending: async () => undefined,
  })
}
/** The other system under a name, at its own port. */
const named = (name: string, scheme = 'http'): string => `${scheme}://${name}:${new URL(other.baseUrl).port}`

describe('a name', () => {
  it.each([
    [['127.0.0.1']],
    [['::1']],
    [['::ffff:127.0.0.1']],
    [['10.1.2.3']],
    [['169.254.169.254']],
    [['fd00::1']],
    [['93.184.216.34', '127.0.0.1']],
  ])('that leads to %j is not called as a public one', async (addresses) => {
    other.behave({ does: 'reply', body: {} })
    const said: string[] = []

    const answer = await ask(named('register.example', 'https'), {
      resolve: nameServer(addresses).resolve,
      onBlocked: (message) => said.push(message),
    })

    expect(answer.kind).toBe('blocked')
    expect(said).toHaveLength(1)
    expect(said[0]).toContain('register')
    expect(other.heard).toEqual([])
  })

  it('is looked up once for each call, and the answer that was checked is the one that is used', async () => {
    other.behave({ does: 'reply', body: {} })
    const names = nameServer(['127.0.0.1'], ['169.254.169.254'])
    const baseUrl = named('ledger.inside')

    const first = await ask(baseUrl, { privateAddress: true, resolve: names.resolve })
    const asked = names.asked.length
    const second = await ask(baseUrl, { privateAddress: true, resolve: names.resolve })

    expect([first.kind, asked]).toEqual(['answered', 1])
    expect(second.kind).toBe('blocked')
    expect(other.heard.map(({ headers }) => headers.host)).toEqual([new URL(baseUrl).host])
  })

  it('that leads nowhere is worth another try', async () => {
    const answer = await ask(named('ledger.inside'), {
      privateAddress: true,
      resolve: nameServer([]).resolve,
    })

    expect(answer).toMatchObject({ kind: 'lost', sent: false, message: 'could not be reached (ENOTFOUND)' })
  })

  it('of this very machine is not public', async () => {
    expect((await ask(named('localhost', 'https'), {})).kind).toBe('blocked')
  })
})

describe('an address that is spelled out', () => {
  it.each([
    '127.0.0.1',
    '2130706433',
    '0x7f.1',
    '0177.1',
    '[::1]',
    '[::ffff:7f00:1]',
    '0.0.0.0',
    '127.0.0.1.',
  ])('as %s is not called as a public one, without any look-up', async (host) => {
    other.behave({ does: 'reply', body: {} })
    const names = nameServer(['93.184.216.34'])

    const answer = await ask(named(host, 'https'), { resolve: names.resolve })

    expect(answer.kind).toBe('blocked')
    expect([names.asked, other.heard]).toEqual([[], []])
  })

  it('in the own network is called only when this server allows it', async () => {
    other.behave({ does: 'reply', body: {} })
    const listed = new URL(other.baseUrl).host

    const [unlisted, allowed] = [
      await ask(other.baseUrl, { privateAddress: true, privateCalls: ['127.0.0.1:1'] }),
      await ask(other.baseUrl, { privateAddress: true, privateCalls: [listed] }),
    ]

    expect([unlisted.kind, allowed.kind]).toEqual(['blocked', 'answered'])
    expect(other.heard).toHaveLength(1)
  })
})

it('a system that does not speak TLS is told nothing', async () => {
  other.behave({ does: 'reply', body: {} })

  const answer = await ask(other.baseUrl.replace('http:', 'https:'), { privateAddress: true })

  expect(answer).toMatchObject({ kind: 'lost', why: 'network', sent: false })
  expect(other.heard).toEqual([])
})
