import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { anyFreePort } from '#local/ports.ts'
import { startModelServer, type Call, type ModelServer } from '../../support/model-server.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    baseUrl: string
    modelUrl: string
  }
}

/** Starts the product once for all journeys, exactly as `npm start` does, with a model endpoint of our own. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const home = mkdtempSync(join(tmpdir(), 'tl-journeys-'))
  const model = await startModelServer()
  model.behave((call) => ({ does: 'wait', ms: 150, text: draftFor(call) }))
  const port = await anyFreePort()
  const child = spawn(process.execPath, ['--import', 'tsx', 'local/start.ts'], {
    env: {
      ...process.env,
      TL_HOME: home,
      PORT: String(port),
      OPENAI_BASE_URL: model.baseUrl,
      OPENAI_API_KEY: 'a key of the test',
      TL_MODEL: 'test-model',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await untilReady(child)
  project.provide('baseUrl', `http://127.0.0.1:${port}`)
  project.provide('modelUrl', model.baseUrl)
  return () => stop(child, model, home)
}

function untilReady(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let said = ''
    child.stdout?.on('data', (chunk: Buffer) => {
      said += chunk.toString()
      if (said.includes('Throughline is ready')) resolve()
    })
    child.once('exit', (code) => reject(new Error(`the product ended with ${code}:\n${said}`)))
  })
}

async function stop(child: ChildProcess, model: ModelServer, home: string): Promise<void> {
  const ended = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGTERM')
  await ended
  await model.close()
  rmSync(home, { recursive: true, force: true })
}

/** A draft that fits the schema that was asked for; it says which reason it was sent back with, if any. */
function draftFor(call: Call): string {
  const schema = call.response_format?.json_schema?.schema
  const properties = isRecord(schema) && isRecord(schema['properties']) ? schema['properties'] : {}
  const asked = call.messages.map((message) => message.content).join('\n')
  const entries = Object.entries(properties).map(([name, property]) => [
    name,
    valueFor(name, property, asked),
  ])
  return JSON.stringify(Object.fromEntries(entries))
}

function valueFor(name: string, property: unknown, asked: string): unknown {
  const text = JSON.stringify(property)
  const choices = /"enum":(\[[^\]]*\])/.exec(text)?.[1]
  if (choices !== undefined) {
    const parsed: unknown = JSON.parse(choices)
    return Array.isArray(parsed) ? parsed[0] : null
  }
  if (text.includes('"boolean"')) return false
  if (text.includes('"number"') || text.includes('"integer"')) return 12
  if (text.includes('"date"')) return '2027-01-04'
  const again = asked.includes('Tone') ? ' Written again after: Tone.' : ''
  return `Drafted ${name} for the test.${again}`
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
