import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

/** The user a server runs as, when it must not be the one who started us. */
export type Identity = { uid: number; gid: number }

/** PostgreSQL refuses root: root lends the server an ordinary user, everybody else is one already. */
export function serverIdentity(env: NodeJS.ProcessEnv = process.env): Identity | null {
  if (process.getuid?.() !== 0) return null
  const users = knownUsers()
  const invited = users.find((user) => user.uid !== 0 && String(user.uid) === env['SUDO_UID'])
  const chosen =
    invited ??
    users.find((user) => user.name === 'postgres') ??
    users.find((user) => user.uid >= 1000 && user.uid < 60_000) ??
    users.find((user) => user.uid !== 0)
  if (!chosen) throw new Error('PostgreSQL does not run as root, and /etc/passwd names no other user')
  return { uid: chosen.uid, gid: chosen.gid }
}

/** Whether that user may step into a folder: a home inside /root may be closed to everybody else. */
export function canEnter(folder: string, identity: Identity | null): boolean {
  if (!identity) return true
  const tried = spawnSync('/bin/sh', ['-c', 'cd "$1"', 'sh', folder], {
    ...identity,
    cwd: '/',
    stdio: 'ignore',
  })
  return tried.status === 0
}

function knownUsers(): { name: string; uid: number; gid: number }[] {
  return readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'))
    .filter((fields) => fields.length >= 7)
    .map(([name = '', , uid, gid]) => ({ name, uid: Number(uid), gid: Number(gid) }))
}
