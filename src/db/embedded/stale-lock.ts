import { randomUUID } from 'node:crypto'
import { linkSync, readFileSync, readlinkSync, realpathSync, renameSync, rmSync, statSync } from 'node:fs'
import { basename } from 'node:path'

/**
 * Removes one of the server's lock files if the process that it names cannot be a server on the folder `data`.
 * PostgreSQL itself takes any living process of its account for a running server, even a zombie, and a restarted
 * container gives the same ids to other processes. PostgreSQL itself replaces a lock whose process is gone. Without
 * /proc, only an empty lock is removed.
 */
export function removeStaleLock(lock: string, data: string): void {
  const held = read(lock)
  if (held === null || !isStale(lock, held, data)) return
  const aside = `${lock}.${randomUUID()}`
  try {
    renameSync(lock, aside)
    if (read(aside) !== held) linkSync(aside, lock) // a server started since the lock was read, and owns it
  } catch {
    // Another process was first and did the same.
  }
  rmSync(aside, { force: true })
}

/**
 * A lock file's lines; none if it is absent. The first holds the process id; the eighth of postmaster.pid, the state.
 */
export function lockLines(lock: string): string[] {
  return (
    read(lock)
      ?.split('\n')
      .map((line) => line.trim()) ?? []
  )
}

function isStale(lock: string, held: string, data: string): boolean {
  try {
    if (held === '') return Date.now() - statSync(lock).mtimeMs > 1000 // its creator was killed before writing
    const pid = Number.parseInt(held, 10)
    const [program = ''] = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0') // a zombie has none
    if (basename(program) !== 'postgres') return true
    return readlinkSync(`/proc/${pid}/cwd`) !== realpathSync(data) // a server's working directory is its data folder
  } catch {
    return false // no process has that id, or it may not be inspected
  }
}

function read(file: string): string | null {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return null // usually absent: a server removes its locks when it ends
  }
}
