// Runs before anything is installed, so it uses nothing but Node itself.
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const modules = join(root, 'node_modules')
const stamp = join(modules, '.throughline-installed')
const lock = join(root, '.throughline', 'install.lock')
/**
 * Versions come from the lock file, which is not rewritten. `npm ci` would refuse it wherever the
 * registry offers fewer platforms' binaries than the packages list.
 */
const installCommand = [
  'install',
  '--no-save',
  '--include=dev',
  '--include=optional',
  '--ignore-scripts',
  '--no-audit',
  '--no-fund',
]
const isQuiet = process.argv.includes('--quiet')
const purpose = process.argv.includes('--test') ? 'the tests' : 'Throughline'

checkNode()
if (isInstalled()) {
  if (!isQuiet) say(`Packages are up to date.`)
} else {
  await locked(async () => {
    if (!isInstalled()) await install()
  })
}

function checkNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  if (major > 20 || (major === 20 && minor >= 19)) return
  fail(
    `Throughline needs Node.js 20.19 or newer; this is ${process.versions.node}. ` +
      'Install a current version from nodejs.org and try again.',
  )
}

/** Current when our stamp fits the lock file; else when what npm wrote down itself is complete. */
function isInstalled() {
  if (textOf(stamp) === wantedStamp()) return true
  if (existsSync(stamp) || !isComplete()) return false
  writeFileSync(stamp, wantedStamp())
  return true
}

function wantedStamp() {
  const hash = createHash('sha256').update(readFileSync(join(root, 'package-lock.json')))
  return `${hash.digest('hex')} ${process.platform}-${process.arch}`
}

/** npm writes its hidden lock file last, so an install that was killed has none or an old one. */
function isComplete() {
  const installed = packagesOf(join(modules, '.package-lock.json'))
  const wanted = packagesOf(join(root, 'package-lock.json'))
  if (!installed || !wanted) return false
  return Object.entries(wanted).every(([path, entry]) => {
    if (path === '') return true
    const found = installed[path]
    if (!found) return entry.optional === true
    return found.version === entry.version && existsSync(join(root, path, 'package.json'))
  })
}

function packagesOf(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages
  } catch {
    return null
  }
}

async function install() {
  say(`Installing the packages that ${purpose} needs. The first time takes about a minute.`)
  const startedAt = Date.now()
  // Without a stamp the next start installs again, also when this one is killed half way.
  rmSync(stamp, { force: true })
  const reminder = setInterval(() => say(`  still installing (${seconds(startedAt)})`), 20_000)
  // What a killed npm left may look complete without being so.
  rmSync(modules, { recursive: true, force: true, maxRetries: 5 })
  const outcome = await runNpm(installCommand)
  clearInterval(reminder)
  if (!outcome.isDone) {
    console.error(outcome.words)
    fail(
      'npm could not install the packages; its own words are above. ' +
        'Check the connection to the package registry and the free disk space, then try again.',
    )
  }
  writeFileSync(stamp, wantedStamp())
  say(`Packages installed in ${seconds(startedAt)}.`)
}

function runNpm(args) {
  const script = process.env['npm_execpath']
  const [command, first] = script?.endsWith('.js') ? [process.execPath, [script]] : ['npm', []]
  return new Promise((resolve) => {
    const child = spawn(command, [...first, ...args, '--loglevel=error'], {
      cwd: root,
      env: withoutNpmSettings(),
      shell: process.platform === 'win32' && command === 'npm',
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let words = ''
    const keep = (chunk) => (words = (words + chunk).slice(-8_000))
    child.stdout.on('data', keep)
    child.stderr.on('data', keep)
    child.once('error', (error) => resolve({ isDone: false, words: error.message }))
    child.once('exit', (code) => resolve({ isDone: code === 0, words }))
    for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => child.kill(signal))
  })
}

/** The npm that runs us hands its settings down; `npm ci` reads them afresh from the files. */
function withoutNpmSettings() {
  return Object.fromEntries(
    Object.entries(process.env).filter(
      ([name]) =>
        name !== 'NODE_ENV' &&
        !/^npm_(config_(omit|include|only|production|global|prefix|dry_run)|lifecycle|package)/i.test(name),
    ),
  )
}

/** Two commands at once in one fresh checkout: the second waits for the first one's packages. */
async function locked(work) {
  mkdirSync(dirname(lock), { recursive: true })
  for (let attempt = 0; !take(); attempt++) {
    if (attempt === 1) say('Waiting for another command that is installing the packages.')
    await sleep(300)
  }
  process.once('exit', () => rmSync(lock, { force: true }))
  await work()
}

function take() {
  try {
    writeFileSync(lock, String(process.pid), { flag: 'wx' })
    return true
  } catch {
    const owner = Number(textOf(lock))
    const ageMs = Date.now() - (statSync(lock, { throwIfNoEntry: false })?.mtimeMs ?? 0)
    const isDead = owner ? !isAlive(owner) : ageMs > 2_000
    if (isDead || ageMs > 30 * 60_000) rmSync(lock, { force: true })
    return false
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error.code === 'EPERM'
  }
}

function textOf(file) {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return null
  }
}

function seconds(sinceMs) {
  return `${((Date.now() - sinceMs) / 1000).toFixed(0)} s`
}

function say(words) {
  console.log(words)
}

function fail(words) {
  console.error(words)
  process.exit(1)
}
