import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client, Connection } from '@temporalio/client'
import { loadClientConnectConfig } from '@temporalio/envconfig'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { homeAt, type Home } from '#local/home.ts'
import { isRunning, untilGone } from '#local/processes.ts'
import { readRecord } from '#local/run-records.ts'
import { ensureTemporal, type Temporal } from '#local/temporal.ts'

let home: Home
let started: Temporal[]

beforeEach(() => {
  home = homeAt(mkdtempSync(join(tmpdir(), 'tl-temporal-')))
  started = []
})

afterEach(async () => {
  for (const server of started) await server.stop()
  rmSync(home.root, { recursive: true, force: true })
})

describe('the Temporal server of one machine', () => {
  test('a server of an earlier start is adopted', async () => {
    const first = await begin()

    const second = await begin()

    expect(second.wasRunning).toBe(true)
    expect(second.process).toEqual(first.process)
  })

  test('a case that waits is still there after kill -9 of the server', async () => {
    const first = await begin()
    await startWaitingCase(first, 'case-1')
    await killHard(first)

    const second = await begin()

    expect(second.wasRunning).toBe(false)
    expect(await statusOf(second, 'case-1')).toBe('RUNNING')
  })

  test('a port taken meanwhile is avoided', async () => {
    const first = await begin()
    await first.stop()
    const taken = readRecord(home, 'temporal')?.port ?? 0
    const intruder = await listenOn(taken)

    const second = await begin()

    intruder.close()
    expect(taken).toBeGreaterThan(0)
    expect(second.address).not.toBe(`127.0.0.1:${taken}`)
  })

  test('two starts at the same moment share one server', async () => {
    const both = await Promise.all([begin(), begin()])

    expect(both[0].process).toEqual(both[1].process)
  })

  test('cases can be searched by pilot and map version', async () => {
    const server = await begin()
    const connection = await Connection.connect({ address: server.address })

    const { customAttributes } = await connection.operatorService.listSearchAttributes({
      namespace: 'default',
    })

    await connection.close()
    expect(Object.keys(customAttributes ?? {})).toEqual(expect.arrayContaining(['TlPilotId', 'TlMapVersion']))
  })

  test('its variables lead a client to it, whatever profile the user has', async () => {
    const server = await begin()

    const { connectionOptions, namespace } = loadClientConnectConfig({ overrideEnvVars: server.env })

    expect(connectionOptions).toMatchObject({ address: server.address, tls: undefined })
    expect(namespace).toBe('default')
  })

  test('stopping ends the process', async () => {
    const server = await begin()

    await server.stop()

    expect(server.process && isRunning(server.process)).toBe(false)
  })

  test('a TEMPORAL_ADDRESS that does not answer is named, and nothing is started', async () => {
    const env = { TEMPORAL_ADDRESS: '127.0.0.1:9' }

    await expect(ensureTemporal({ home, log: () => {}, env })).rejects.toThrow(
      /127\.0\.0\.1:9, which does not answer/,
    )
    expect(readRecord(home, 'temporal')).toBeNull()
  })

  test('a TEMPORAL_ADDRESS that answers is used as it is', async () => {
    const own = await begin()

    const used = await ensureTemporal({ home, log: () => {}, env: { TEMPORAL_ADDRESS: own.address } })

    expect(used).toMatchObject({ address: own.address, process: null })
  })
})

async function begin(): Promise<Temporal> {
  const server = await ensureTemporal({ home, log: () => {}, env: { PATH: process.env['PATH'] } })
  started.push(server)
  return server
}

async function startWaitingCase(server: Temporal, workflowId: string): Promise<void> {
  const connection = await Connection.connect({ address: server.address })
  await new Client({ connection }).workflow.start('waits', { workflowId, taskQueue: 'nobody-polls' })
  await connection.close()
}

async function statusOf(server: Temporal, workflowId: string): Promise<string> {
  const connection = await Connection.connect({ address: server.address })
  const { status } = await new Client({ connection }).workflow.getHandle(workflowId).describe()
  await connection.close()
  return status.name
}

async function killHard({ process: mark }: Temporal): Promise<void> {
  if (!mark) throw new Error('the server is not ours')
  process.kill(mark.pid, 'SIGKILL')
  await untilGone(mark, 5_000)
}

function listenOn(port: number): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(port, '127.0.0.1', () => resolve(server))
  })
}
