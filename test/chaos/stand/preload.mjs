import pg from 'pg'

/**
 * Loaded before a program of the stand, never by the product. It lets the program end with the harness, and die at
 * the moment that TL_CHAOS_DIE names: `after-commit:7` is right after the seventh commit, before anybody hears of it.
 * With TL_CHAOS_FREEZE it stands still when it holds the lock on the audit chain, in the middle of a transaction.
 */
process.channel?.unref()
process.once('disconnect', () => process.exit(1))

const [point, nth] = (process.env.TL_CHAOS_DIE ?? '').split(':')
if (point === 'before-commit' || point === 'after-commit') dieAtCommit(point, Number(nth))

/** As in store/audit.ts. */
const chainLock = 7_406_113
if (process.env.TL_CHAOS_FREEZE === 'holding-lock') freezeHoldingLock()

function freezeHoldingLock() {
  const ask = Reflect.get(pg.Client.prototype, 'query')
  // A prepared statement comes with its values in one.
  pg.Client.prototype.query = function query(text, values, ...rest) {
    const asked = ask.call(this, text, values, ...rest)
    // Every case has locks of its own; only this one is everybody's.
    const asking = typeof text === 'string' ? { text, values } : text
    const isChain = asking.text === 'select pg_advisory_xact_lock($1)' && asking.values?.[0] === chainLock
    if (!isChain) return asked
    return asked.then((found) => {
      process.kill(process.pid, 'SIGSTOP')
      return found
    })
  }
}

function dieAtCommit(moment, commits) {
  const ask = Reflect.get(pg.Client.prototype, 'query')
  let left = commits
  pg.Client.prototype.query = function query(text, ...rest) {
    if (text !== 'commit' || (left -= 1) > 0) return ask.call(this, text, ...rest)
    if (moment === 'before-commit') die()
    return ask.call(this, text, ...rest).then(die)
  }
}

function die() {
  process.kill(process.pid, 'SIGKILL')
}
