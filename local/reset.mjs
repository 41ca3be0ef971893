// Works without installed packages: a broken install is one reason to start afresh.
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const home = resolve(process.env['TL_HOME'] || join(root, '.throughline'))

if (!existsSync(home)) {
  console.log(`Nothing to remove: ${home} does not exist.`)
} else if (!looksLikeHome(home)) {
  console.error(`${home} does not look like a state folder of Throughline, so it was left alone.`)
  process.exit(1)
} else {
  for (const folder of [join(home, 'test'), home]) await removeHome(folder)
  console.log(`Removed ${home}. The next "npm start" begins afresh.`)
}

/** Only a folder that a start has marked, or the ignored one of this checkout, is ever removed. */
function looksLikeHome(folder) {
  return folder === join(root, '.throughline') || existsSync(join(folder, 'throughline-home'))
}

async function removeHome(folder) {
  // The launcher first: it would start again whatever else is stopped.
  const names = ['launcher', 'colleagues', 'worker', 'api', 'web-watch', 'model', 'temporal', 'postgres']
  for (const name of names) await stop(name, recordOf(folder, name))
  const outside = textOf(join(folder, 'postgres-folder'))
  if (outside?.startsWith('/var/lib/throughline-')) rmSync(outside, { recursive: true, force: true })
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
}

async function stop(name, record) {
  if (!record || !isRunning(record)) return
  console.log(`Stopping ${name} (process ${record.pid}).`)
  process.kill(record.pid, name === 'postgres' ? 'SIGINT' : 'SIGTERM')
  for (let waited = 0; isRunning(record); waited += 100) {
    if (waited === 30_000) process.kill(record.pid, 'SIGKILL')
    await sleep(100)
  }
}

function recordOf(folder, name) {
  const text = textOf(join(folder, 'run', `${name}.json`))
  try {
    return text === null ? null : JSON.parse(text)
  } catch {
    return null
  }
}

/** The same process as when it was recorded, not a later one with the same number. */
function isRunning({ pid, startedAt }) {
  if (process.platform !== 'linux') return startedByPs(pid) === startedAt
  const stat = textOf(`/proc/${pid}/stat`)
  if (stat === null) return false
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return fields[0] !== 'Z' && fields[19] === startedAt
}

function startedByPs(pid) {
  try {
    return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim()
  } catch {
    return null
  }
}

function textOf(file) {
  try {
    return readFileSync(file, 'utf8').trim()
  } catch {
    return null
  }
}
