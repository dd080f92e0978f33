import { accessSync, chownSync, constants, mkdtempSync, readdirSync, rmSync, statfsSync, statSync } from 'node:fs'
import { join } from 'node:path'

const PLACE = '/dev/shm'
const PREFIX = 'rollcall-test-'
const ENOUGH_BYTES = 4 * 1024 ** 3

/**
 * Creates an empty folder in memory that belongs to the owner of `path`; null if the system has no place with 4 GB for
 * it (containers often get 64 MB). Until it is removed it takes memory, so those of processes that were killed are
 * removed first.
 */
export function makeMemoryFolder(path: string): string | null {
  if (!hasRoom()) return null
  for (const name of readdirSync(PLACE)) {
    const pid = name.startsWith(PREFIX) ? Number.parseInt(name.slice(PREFIX.length), 10) : NaN
    if (pid > 0 && !isAlive(pid)) rmSync(join(PLACE, name), { recursive: true, force: true })
  }
  const folder = mkdtempSync(join(PLACE, `${PREFIX}${process.pid}-`))
  const { uid, gid } = statSync(path)
  chownSync(folder, uid, gid)
  return folder
}

function hasRoom(): boolean {
  try {
    accessSync(PLACE, constants.W_OK)
    const { bavail, bsize } = statfsSync(PLACE)
    return bavail * bsize >= ENOUGH_BYTES
  } catch {
    return false
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH'
  }
}
