import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { availableParallelism, loadavg } from 'node:os'
import { promisify } from 'node:util'
import { testHome } from '#local/home.ts'
import { readRecord } from '#local/run-records.ts'

const runFile = promisify(execFile)

/** `mostMb`: resident memory; for PostgreSQL the sum over its processes, which count what they share each. */
export type Usage = { name: string; mostMb: number; cpuSeconds: number }
export type Watched = { name: string; pid: number }

/** The servers of the benchmark, when they are ours to watch. */
export function servers(): Watched[] {
  return (['temporal', 'postgres'] as const).flatMap((name) => {
    const record = readRecord(testHome(), name)
    return record === null ? [] : [{ name, pid: record.pid }]
  })
}

/** Watches memory and processor time of processes and of what they started, until it is asked what they came to. */
export function watchUsage(processes: Watched[]): { stop: () => Promise<Usage[]> } {
  const mostMb = new Map<string, number>()
  const cpuByPid = new Map<number, { name: string; first: number; last: number }>()
  let isFirst = true
  const look = async (): Promise<void> => {
    const { stdout } = await runFile('ps', ['-A', '-o', 'pid=,ppid=,rss=,time='])
    const mb = new Map<string, number>()
    for (const line of stdout.trim().split('\n')) {
      const [pid = 0, parent = 0, rss = 0] = line.trim().split(/\s+/).map(Number)
      const owner = processes.find(
        (one) => one.pid === pid || (one.pid === parent && one.pid !== process.pid),
      )
      if (owner === undefined) continue
      const cpu = linuxSeconds(pid) ?? secondsOf(line.trim().split(/\s+/)[3] ?? '')
      mb.set(owner.name, (mb.get(owner.name) ?? 0) + rss / 1024)
      const known = cpuByPid.get(pid)
      cpuByPid.set(pid, { name: owner.name, first: known?.first ?? (isFirst ? cpu : 0), last: cpu })
    }
    for (const [name, sum] of mb) mostMb.set(name, Math.max(sum, mostMb.get(name) ?? 0))
    isFirst = false
  }
  // A look that fails is made up for by the next one.
  const began = look().catch(() => undefined)
  const timer = setInterval(() => void look().catch(() => undefined), 2_000)
  return {
    stop: async () => {
      clearInterval(timer)
      await began
      await look()
      return [...mostMb].map(([name, most]) => {
        const own = [...cpuByPid.values()].filter((one) => one.name === name)
        const cpuSeconds = own.reduce((sum, { first, last }) => sum + last - first, 0)
        return { name, mostMb: Math.round(most), cpuSeconds }
      })
    },
  }
}

/** Ticks of a hundredth of a second, children that have ended among them; null elsewhere than on Linux. */
function linuxSeconds(pid: number): number | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The command's name may hold spaces and brackets.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return [11, 12, 13, 14].reduce((sum, place) => sum + Number(fields[place] ?? 0), 0) / 100
  } catch {
    return null
  }
}

/** `[[days-]hours:]minutes:seconds`, as ps writes it. */
function secondsOf(time: string): number {
  const [clock = '', days = '0'] = time.split('-').toReversed()
  return clock.split(':').reduce((sum, part) => sum * 60 + Number(part), 0) + Number(days) * 86_400
}

export function machine(): { cores: number; node: string; loadBefore: number } {
  return { cores: availableParallelism(), node: process.version, loadBefore: loadavg()[0] ?? 0 }
}

/** Processor time per case does not depend on who else is busy on the machine, as the times do. */
export function reportUsage(
  usage: Usage[],
  { seconds, cases, say }: { seconds: number; cases: number; say: (line: string) => void },
): void {
  say('process         most MB   CPU s   of one core   CPU ms per case')
  for (const { name, mostMb, cpuSeconds } of usage.toSorted((a, b) => b.cpuSeconds - a.cpuSeconds)) {
    const share = `${Math.round((100 * cpuSeconds) / seconds)} %`
    const each = ((cpuSeconds * 1000) / cases).toFixed(1)
    say(
      [
        name.padEnd(14),
        String(mostMb).padStart(8),
        cpuSeconds.toFixed(0).padStart(7),
        share.padStart(13),
        each.padStart(17),
      ].join(' '),
    )
  }
}

/** Which process used most, and how much of the machine all of them together. */
export function slowestPart(
  usage: Usage[],
  { seconds, cores }: { seconds: number; cores: number },
): { process: string; share: number; coresBusy: number } {
  const own = usage.filter(({ name }) => name !== 'this bench')
  const all = own.reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0)
  const [busiest] = own.toSorted((a, b) => b.cpuSeconds - a.cpuSeconds)
  return {
    process: busiest?.name ?? 'none',
    share: all === 0 ? 0 : (busiest?.cpuSeconds ?? 0) / all,
    coresBusy: Math.min(cores, all / seconds),
  }
}
