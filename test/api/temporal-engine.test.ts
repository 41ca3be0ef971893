import { randomUUID } from 'node:crypto'
import { createServer, type Server, type Socket } from 'node:net'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { temporalEngine, type TemporalEngine } from '#api/temporal-engine.ts'
import type { CaseInput, DecideArgs } from '#domain/case-messages.ts'
import { compilePlan } from '#domain/compile-plan.ts'
import { sha256 } from '#store/processes.ts'
import { draftAndReview } from '../support/maps.ts'
import { testTemporal } from '../support/servers.ts'

let engine: TemporalEngine
beforeAll(async () => {
  const { address, namespace } = await testTemporal()
  engine = temporalEngine({ connectionOptions: { address }, namespace }, { queue: `q-${randomUUID()}-core` })
})
afterAll(() => engine.close())

function anInput(): CaseInput {
  return {
    v: 1,
    semantics: 1,
    caseId: randomUUID(),
    pilotId: randomUUID(),
    plan: compilePlan(draftAndReview(), { mapId: 'm', version: 1, sha256 }),
    undoMs: 0,
    fields: {},
    values: {},
    startedBy: { id: 'priya', name: 'Priya Nair', sample: false },
    carry: null,
  }
}

function aDecision(): DecideArgs {
  return {
    decisionId: randomUUID(),
    by: { id: 'sam', name: 'Sam Ruiz', sample: false },
    taskId: 't',
    taskVersion: 1,
    shownHash: 'h',
    action: 'approve',
    editRef: null,
    editedFields: [],
    values: {},
    reason: null,
    note: null,
    touchMs: null,
    changedShare: null,
    digest: 'd',
  }
}

/** A port where somebody picks up and never says a word. */
async function silentServer(): Promise<{ address: string; close: () => Promise<void> }> {
  const sockets = new Set<Socket>()
  const server: Server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('no address')
  return {
    address: `127.0.0.1:${address.port}`,
    close: async () => {
      for (const socket of sockets) socket.destroy()
      await new Promise((done) => server.close(done))
    },
  }
}

it('starting a case twice is one case', async () => {
  const input = anInput()

  await engine.start(input)
  await engine.start(input)

  await engine.terminate(input, 'the test is over')
  await engine.start(input)
  expect(await engine.decide(input, aDecision())).toEqual({ kind: 'gone' })
})

it('a case that was never started is gone', async () => {
  const address = { pilotId: 'none', caseId: randomUUID() }

  expect(await engine.decide(address, aDecision())).toEqual({ kind: 'gone' })
  await expect(engine.terminate(address, 'not there')).resolves.toBeUndefined()
})

it('without a worker an answer is not known after ten seconds, and health says why', async () => {
  const input = anInput()
  await engine.start(input)
  const began = Date.now()

  const told = await engine.decide(input, aDecision())

  expect(told).toEqual({ kind: 'unanswered' })
  expect(Date.now() - began).toBeLessThan(12_000)
  expect(await engine.health()).toMatchObject({ engine: { ok: true }, worker: { ok: false } })
  await engine.terminate(input, 'the test is over')
})

it('a server that is away is noticed within three seconds, whether it refuses or is silent', async () => {
  const silent = await silentServer()
  for (const address of ['127.0.0.1:1', silent.address]) {
    const away = temporalEngine({ connectionOptions: { address }, namespace: 'default' })
    const began = Date.now()

    const told = await away.decide({ pilotId: 'p', caseId: 'c' }, aDecision())

    expect(told).toEqual({ kind: 'unsent' })
    expect(Date.now() - began).toBeLessThan(3_000)
    expect((await away.health()).engine.ok).toBe(false)
    await away.close()
  }
  await silent.close()
})
