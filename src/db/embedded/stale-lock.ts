import { randomUUID } from 'node:crypto'
import { linkSync, readFileSync, readlinkSync, realpathSync, renameSync, rmSync, statSync } from 'node:fs'
import { basename } from 'node:path'

/**
 * Removes one of the server's lock files if the process that it names cannot be a server on the folder `data`.
 * PostgreSQL itself takes any living process of its account for a running server, and a zombie too; and a restarted
 * container gives the same ids to other processes. A lock whose process is gone is PostgreSQL's own to replace. Where
 * there is no /proc nothing but an empty lock is removed.
 */
export function removeStaleLock(lock: string, data: string): void {
  const held = read(lock)
  if (held === null || !isStale(lock, held, data)) return
  const aside = `${lock}.${randomUUID()}`
  try {
    renameSync(lock, aside)
    if (read(aside) !== held) linkSync(aside, lock) // a server started since the lock was read: this one is its own
  } catch {
    // Another process was first, and did the same.
  }
  rmSync(aside, { force: true })
}

/** A lock file's lines, none if it is absent. The first has the process id, the eighth of postmaster.pid the state. */
export function lockLines(lock: string): string[] {
  return (
    read(lock)
      ?.split('\n')
      .map((line) => line.trim()) ?? []
  )
}

function isStale(lock: string, held: string, data: string): boolean {
  try {
    if (held === '') return Date.now() - statSync(lock).mtimeMs > 1000 // its maker was killed before it wrote
    const pid = Number.parseInt(held, 10)
    const [program = ''] = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0') // a zombie has none
    if (basename(program) !== 'postgres') return true
    return readlinkSync(`/proc/${pid}/cwd`) !== realpathSync(data) // a server works inside of its data
  } catch {
    return false // nobody has that id, or it may not be seen what he does
  }
}

function read(file: string): string | null {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return null // absent, as a rule: a server removes its locks when it ends
  }
}
