import { mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll } from 'vitest'
import { startPostgres } from '../../../src/db/embedded/start-postgres.ts'

const pids = new Set<number>()
const folders = new Set<string>()
const clusters = new Set<string>()

/** Remembers a process that has to be gone after the file's tests, and a server's socket folder, to remove it then. */
export function remember(pid: number | undefined, host?: string): void {
  if (pid !== undefined) pids.add(pid)
  if (host !== undefined) folders.add(host)
}

/**
 * A new folder for the tests of the file that is being loaded. It goes away with them, and so does what else is
 * remembered. Each file asks for one: this module is loaded once for several of them.
 */
export function scratchFolder(): string {
  afterAll(removeAll)
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'rollcall-embedded-')))
  folders.add(folder)
  return folder
}

/** A folder for a server, which is removed after the tests with what it links to. */
export function clusterFolder(dir: string): string {
  clusters.add(dir)
  return dir
}

/** Starts a server in this process; its settings are for speed unless others are given. */
export async function start(dir: string, settings: Record<string, string> = { fsync: 'off' }) {
  const server = await startPostgres(clusterFolder(dir), settings)
  remember(server.pid, server.host)
  return server
}

/** Whether there is such a process. One that ended does not count, even if nobody asked yet how it ended. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return process.platform !== 'linux' || !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return false // it is gone, or another user's, and so none of ours
  }
}

/** Waits until a process is gone, and gives the milliseconds that it took. Gives up after `limit`. */
export async function gone(pid: number, limit = 5000): Promise<number> {
  const from = performance.now()
  while (isRunning(pid) && performance.now() - from < limit) await sleep(5)
  return performance.now() - from
}

async function removeAll(): Promise<void> {
  await Promise.all([...pids].map((pid) => gone(pid)))
  const left = [...pids].filter(isRunning)
  for (const pid of left) process.kill(pid, 'SIGKILL')
  for (const dir of clusters) removeLinked(dir)
  for (const folder of folders) rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  for (const all of [pids, clusters, folders]) all.clear()
  if (left.length > 0) throw new Error(`the tests left processes running: ${left.join(', ')}`)
}

function removeLinked(dir: string): void {
  try {
    rmSync(realpathSync(dir), { recursive: true, force: true, maxRetries: 5 })
  } catch {
    // The test itself removed it.
  }
  rmSync(dir, { force: true, recursive: true })
}
