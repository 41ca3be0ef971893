import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { isPortFree } from './ports.ts'

const defaultPort = 4400

export type WebPort = { port: number; words: string }

/** `PORT` is taken at its word; without it the usual port gives way to whatever already uses it. */
export async function chooseWebPort(
  env: NodeJS.ProcessEnv = process.env,
): Promise<WebPort | { fault: string }> {
  const asked = env['PORT']
  if (asked !== undefined && asked !== '') return askedPort(asked)
  for (let port = defaultPort; port < defaultPort + 100; port++) {
    if (!(await isPortFree(port))) continue
    const words =
      port === defaultPort ? String(port) : `${port}, since ${usersOf(defaultPort)} uses ${defaultPort}`
    return { port, words }
  }
  return { fault: `Ports ${defaultPort} to ${defaultPort + 99} are all in use. Choose another with PORT=…` }
}

async function askedPort(asked: string): Promise<WebPort | { fault: string }> {
  const port = Number(asked)
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    return { fault: `PORT is ${JSON.stringify(asked)}, which is not a port number from 1 to 65535.` }
  }
  if (await isPortFree(port)) return { port, words: `${port}, as PORT says` }
  return {
    fault: `Port ${port} is in use by ${usersOf(port)}. Stop that, choose another PORT, or leave PORT unset.`,
  }
}

/** Names the process behind a port as well as this user may see it. */
function usersOf(port: number): string {
  const pids = process.platform === 'linux' ? pidsListeningOn(port) : []
  const names = pids.map((pid) => `process ${pid} (${commandOf(pid)})`)
  return names.join(' and ') || 'another program'
}

const listening = '0A'

function pidsListeningOn(port: number): string[] {
  const wanted = port.toString(16).toUpperCase().padStart(4, '0')
  const sockets = ['/proc/net/tcp', '/proc/net/tcp6']
    .flatMap((file) => textOf(file).split('\n').slice(1))
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => fields[1]?.endsWith(`:${wanted}`) && fields[3] === listening)
    .map((fields) => `socket:[${fields[9]}]`)
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  return pids.filter((pid) => openFilesOf(pid).some((target) => sockets.includes(target)))
}

function openFilesOf(pid: string): string[] {
  const folder = `/proc/${pid}/fd`
  return namesIn(folder).map((fd) => targetOf(`${folder}/${fd}`))
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

/** Empty for a file that was closed since it was listed. */
function targetOf(link: string): string {
  try {
    return readlinkSync(link)
  } catch {
    return ''
  }
}

function commandOf(pid: string): string {
  return textOf(`/proc/${pid}/cmdline`).split('\0').join(' ').trim().slice(0, 80) || 'unknown'
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
