import { execFile } from 'node:child_process'
import { availableParallelism, loadavg } from 'node:os'
import { promisify } from 'node:util'

const runFile = promisify(execFile)

export type Usage = { name: string; maxRssMb: number; cpuSeconds: number }

/** Watches the memory and the processor time of processes until it is asked what they came to. */
export function watchUsage(processes: { name: string; pid: number }[]): { stop: () => Promise<Usage[]> } {
  const seen = new Map<number, { name: string; maxRssMb: number; first: number; last: number }>()
  const look = async (): Promise<void> => {
    const pids = processes.map(({ pid }) => pid).join(',')
    const { stdout } = await runFile('ps', ['-o', 'pid=,rss=,time=', '-p', pids])
    for (const line of stdout.trim().split('\n')) {
      const [pid = '', rss = '', time = ''] = line.trim().split(/\s+/)
      const known = seen.get(Number(pid))
      const mb = Number(rss) / 1024
      const cpu = secondsOf(time)
      seen.set(Number(pid), {
        name: processes.find((one) => one.pid === Number(pid))?.name ?? pid,
        maxRssMb: Math.max(mb, known?.maxRssMb ?? 0),
        first: known?.first ?? cpu,
        last: cpu,
      })
    }
  }
  // A look that fails is made up for by the next one.
  const began = look().catch(() => undefined)
  const timer = setInterval(() => void look().catch(() => undefined), 1_000)
  return {
    stop: async () => {
      clearInterval(timer)
      await began
      await look()
      return [...seen.values()].map(({ name, maxRssMb, first, last }) => ({
        name,
        maxRssMb: Math.round(maxRssMb),
        cpuSeconds: last - first,
      }))
    },
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

export function reportUsage(usage: Usage[], seconds: number, say: (line: string) => void): void {
  say('process            max RSS MB   CPU s   of one core')
  for (const { name, maxRssMb, cpuSeconds } of usage.toSorted((a, b) => b.cpuSeconds - a.cpuSeconds)) {
    const share = `${Math.round((100 * cpuSeconds) / seconds)} %`
    say(
      `${name.padEnd(18)} ${String(maxRssMb).padStart(10)} ${cpuSeconds.toFixed(0).padStart(7)} ${share.padStart(13)}`,
    )
  }
}
