import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, realpathSync } from 'node:fs'
import { join } from 'node:path'

/** The ids of all processes that run a server on the folder, also of those that just try to. */
export function serversOn(dir: string): number[] {
  const command = `/postgres -D ${join(realpathSync(dir), 'data')} `
  return commands()
    .filter(([, line]) => line.includes(command) && line.startsWith('/'))
    .map(([pid]) => pid)
}

function commands(): [number, string][] {
  if (process.platform !== 'linux') {
    const list = execFileSync('ps', ['-axo', 'pid=,command='], { encoding: 'utf8' }).trim().split('\n')
    return list.map((line) => [Number.parseInt(line, 10), line.trim().replace(/^\d+ /, '')])
  }
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => [Number(name), commandOf(name)])
}

function commandOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')
  } catch {
    return '' // it ended since the list was read
  }
}
