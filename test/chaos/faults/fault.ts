import { setTimeout as sleep } from 'node:timers/promises'
import type { LinkName } from '../stand/links.ts'
import type { ModelMood } from '../stand/model.ts'
import type { Trouble } from '../stand/proxy.ts'
import type { ReceiverMood } from '../stand/receiver.ts'
import { serverNames, type ProgramName, type ServerName, type Stand } from '../stand/stand.ts'

export type PartName = ProgramName | ServerName

/** One thing that goes wrong for a while. */
export type Fault =
  | { kind: 'kill'; part: PartName }
  /** Asked to stop, as a rolling restart does, and started again. */
  | { kind: 'restart'; part: ProgramName }
  /** Stands still and knows nothing of it, as a machine that is moved or swaps. */
  | { kind: 'freeze'; part: PartName }
  | { kind: 'link'; link: LinkName; trouble: Trouble }
  | { kind: 'model'; mood: ModelMood }
  | { kind: 'receiver'; mood: ReceiverMood }
  /** Dies by itself at its n-th commit from now. */
  | { kind: 'die'; part: ProgramName; point: 'before-commit' | 'after-commit'; nth: number }
  /** Everything dies, and comes back in this order. */
  | { kind: 'host'; order: PartName[] }

/** Begins a fault; what it gives ends it, and resolves when the parts run again. */
export async function inject(stand: Stand, fault: Fault): Promise<() => Promise<void>> {
  switch (fault.kind) {
    case 'kill':
      await down(stand, fault.part, 'SIGKILL')
      return () => up(stand, fault.part)
    case 'restart':
      await down(stand, fault.part, 'SIGTERM')
      return () => up(stand, fault.part)
    case 'freeze':
      partOf(stand, fault.part).freeze()
      return async () => partOf(stand, fault.part).thaw()
    case 'link':
      stand.links[fault.link].set(fault.trouble)
      return async () => stand.links[fault.link].set({ does: 'pass' })
    case 'model':
      stand.modelMood(fault.mood)
      return async () => stand.modelMood('well')
    case 'receiver':
      stand.receiverMood(fault.mood)
      return async () => stand.receiverMood('well')
    case 'die': {
      await down(stand, fault.part, 'SIGKILL')
      stand.programs[fault.part].up({ TL_CHAOS_DIE: `${fault.point}:${fault.nth}` })
      return () => untilDead(stand, fault.part)
    }
    case 'host':
      await Promise.all(fault.order.map((part) => down(stand, part, 'SIGKILL')))
      return async () => {
        for (const part of fault.order) await up(stand, part)
      }
  }
}

/** How a fault is named in the plan that is printed and in the history. */
export function wordsOf(fault: Fault): string {
  switch (fault.kind) {
    case 'kill':
      return `kill -9 ${fault.part}`
    case 'restart':
      return `restart ${fault.part}`
    case 'freeze':
      return `freeze ${fault.part}`
    case 'link':
      return `${fault.link} ${troubleWords(fault.trouble)}`
    case 'model':
      return `model ${fault.mood}`
    case 'receiver':
      return `receiver ${fault.mood}`
    case 'die':
      return `${fault.part} dies ${fault.point} ${fault.nth}`
    case 'host':
      return `kill -9 everything, back as ${fault.order.join(', ')}`
  }
}

function troubleWords(trouble: Trouble): string {
  switch (trouble.does) {
    case 'slow':
      return `slow by ${trouble.ms} ms`
    case 'cut':
      return `cut after ${trouble.afterBytes} bytes`
    case 'pass':
    case 'refuse':
    case 'hang':
    case 'half-open':
      return trouble.does
  }
}

function isServer(part: PartName): part is ServerName {
  return serverNames.some((name) => name === part)
}

function partOf(stand: Stand, part: PartName): { freeze: () => void; thaw: () => void } {
  return isServer(part) ? stand.servers[part] : stand.programs[part]
}

async function down(stand: Stand, part: PartName, signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
  if (isServer(part)) await stand.servers[part].down(signal)
  else await stand.programs[part].down(signal)
}

async function up(stand: Stand, part: PartName): Promise<void> {
  if (isServer(part)) await stand.servers[part].up()
  else stand.programs[part].up()
}

const deadWithinMs = 8_000

/** A program that found too little to do lives on without the order to die. */
async function untilDead(stand: Stand, part: ProgramName): Promise<void> {
  const program = stand.programs[part]
  const before = program.deaths()
  for (const until = Date.now() + deadWithinMs; Date.now() < until; await sleep(50)) {
    if (program.deaths() > before) return
  }
  await program.down('SIGKILL')
  program.up()
}
