import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { readFileSync } from 'node:fs'
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core'
import { inject } from 'vitest'

const known = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']

export async function openBrowser(): Promise<Browser> {
  const path = process.env['CHROMIUM_PATH'] ?? known.find((candidate) => existsSync(candidate))
  if (path === undefined) throw new Error('no Chromium: npm test installs one, or set CHROMIUM_PATH')
  return chromium.launch({
    executablePath: path,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  })
}

export type Visitor = {
  page: Page
  context: BrowserContext
  /** Errors of the page and refusals of its security policy; must stay empty. */
  faults: string[]
}

export type Screen = { width: number; height: number; scheme: 'light' | 'dark' }
export const desk: Screen = { width: 1440, height: 900, scheme: 'light' }

/** A person at the product, signed in as a persona; requests to anywhere else are refused and noted. */
export async function visit(
  browser: Browser,
  persona: string | null,
  screen: Screen = desk,
): Promise<Visitor> {
  const baseUrl = inject('baseUrl')
  const context = await browser.newContext({
    baseURL: baseUrl,
    viewport: { width: screen.width, height: screen.height },
    colorScheme: screen.scheme,
    reducedMotion: 'reduce',
  })
  const page = await context.newPage()
  const faults: string[] = []
  page.on('pageerror', (error) => faults.push(String(error)))
  page.on('console', (message) => {
    if (/Content Security Policy|Refused to/.test(message.text())) faults.push(message.text())
  })
  page.on('request', (request) => {
    const url = request.url()
    if (!url.startsWith(baseUrl) && !/^(data|blob|about):/.test(url)) faults.push(`asked ${url}`)
  })
  if (persona !== null) {
    const reply = await context.request.post('/api/session', {
      data: { persona },
      headers: { origin: baseUrl },
    })
    if (!reply.ok()) throw new Error(`cannot sign in as ${persona}: ${reply.status()} ${await reply.text()}`)
  }
  return { page, context, faults }
}

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/** Accessibility violations of the page as it stands: rule, and the first element that breaks it. */
export async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axeSource)
  return page.evaluate(async () => {
    const axe: unknown = Reflect.get(window, 'axe')
    if (typeof axe !== 'object' || axe === null) throw new Error('axe is not there')
    const run: unknown = Reflect.get(axe, 'run')
    if (typeof run !== 'function') throw new Error('axe cannot run')
    const result: { violations: { id: string; nodes: { html: string }[] }[] } = await run.call(axe, document)
    return result.violations.map((violation) => `${violation.id}: ${violation.nodes[0]?.html ?? ''}`)
  })
}

/** Talks to the API as a script does. */
export async function asPersona(
  persona: string,
  path: string,
  {
    method = 'GET',
    body,
    headers = {},
  }: { method?: string; body?: unknown; headers?: Record<string, string> } = {},
): Promise<{ status: number; json: unknown }> {
  const response = await fetch(`${inject('baseUrl')}${path}`, {
    method,
    headers: {
      'throughline-persona': persona,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  return { status: response.status, json: await response.json() }
}
