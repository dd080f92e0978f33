import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

export interface PeakMemory {
  /** The peak resident memory so far, in MB. */
  megabytes(): number
  close(): void
}

/** Watches a process's memory. Linux records the peak itself; elsewhere it is sampled four times a second. */
export function watchPeakMemory(pid: number): PeakMemory {
  let peak = 0
  const look = () => {
    peak = Math.max(peak, process.platform === 'linux' ? kept(pid) : present(pid))
  }
  const timer = setInterval(look, 250)
  return {
    megabytes() {
      look()
      return peak / 1024
    },
    close: () => clearInterval(timer),
  }
}

const kept = (pid: number) => Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1])
const present = (pid: number) => Number(execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' }))
