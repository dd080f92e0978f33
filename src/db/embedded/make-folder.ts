import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import type { Account } from './account.ts'

const HOUR = 60 * 60 * 1000

/**
 * Creates the folder `path` and its parents, unless it exists. A created folder has exactly `mode`, whatever the umask.
 * If an account is given, a folder that root owns becomes that account's.
 */
export function makeFolder(path: string, mode: number, account?: Account | null): void {
  if (mkdirSync(path, { recursive: true, mode }) !== undefined) chmodSync(path, mode)
  if (account && lstatSync(path).uid === 0) chownSync(path, account.uid, account.gid)
}

/**
 * Creates the folder `path` by passing an empty one beside it to `fill` and renaming it once complete, so that nobody
 * ever sees half of it. If several processes do this at once, one wins, and all find its result. Does nothing if the
 * folder exists. Throws what `fill` throws.
 */
export async function makeWholeFolder(path: string, fill: (fresh: string) => Promise<void>): Promise<void> {
  removeUnfinished(path)
  if (existsSync(path)) return
  const fresh = mkdtempSync(unfinishedPrefix(path))
  try {
    await fill(fresh)
    renameSync(fresh, path)
  } catch (error) {
    rmSync(fresh, { recursive: true, force: true })
    if (!existsSync(path)) throw error // else another process was first, and its folder is as good
  }
}

const unfinishedPrefix = (path: string) => `${path}.unfinished-`

// Left by processes that were killed while filling, which never takes an hour.
function removeUnfinished(path: string): void {
  const prefix = basename(unfinishedPrefix(path))
  for (const name of readdirSync(dirname(path))) {
    if (!name.startsWith(prefix)) continue
    const left = join(dirname(path), name)
    const { mtimeMs } = lstatSync(left, { throwIfNoEntry: false }) ?? { mtimeMs: Infinity }
    if (Date.now() - mtimeMs > HOUR) rmSync(left, { recursive: true, force: true })
  }
}
