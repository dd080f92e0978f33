import { createHash } from 'node:crypto'
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdtempSync,
  readlinkSync,
  realpathSync,
  rmdirSync,
  symlinkSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join, resolve, sep } from 'node:path'
import { type Account, isRoot, refuseForeign } from './account.ts'
import { makeFolder } from './make-folder.ts'

// PostgreSQL cannot run as root, and the account it runs as instead may be unable to enter the checkout, so for root
// everything is kept here.
const ROOTS_PLACE = '/var/lib/rollcall'

/**
 * Creates the folder for everything that one server owns, and returns its real path. That is `dir`, private to its
 * user; for root, `dir` becomes a link to a folder under /var/lib/rollcall, unless it exists and is not empty.
 */
export function makeHome(dir: string): string {
  if (isRoot()) linkToRootsPlace(dir)
  makeFolder(dir, 0o700)
  return realpathSync(dir)
}

/**
 * Creates the folder for the server's socket, and returns its path. Only the server's account and root may enter it,
 * since access to the socket is access to every database. A socket's path has room for about 100 bytes, and some file
 * systems (such as those that containers share with their host) cannot hold a socket, so it is never in the user's
 * folder. Throws if another account owns the folder.
 */
export function makeSocketFolder(home: string, account: Account | null): string {
  const id = createHash('sha256').update(home).digest('hex').slice(0, 12)
  const folder = isInRootsPlace(home) ? join(home, 'run') : join(temporaryFolder(), `rollcall-${id}`)
  makeFolder(folder, 0o700, account)
  refuseForeign(folder, [account?.uid ?? process.getuid?.()])
  return folder
}

const isInRootsPlace = (home: string) => isRoot() && home.startsWith(`${realpathSync(ROOTS_PLACE)}${sep}`)

const temporaryFolder = () => (Buffer.byteLength(tmpdir()) <= 60 ? resolve(tmpdir()) : '/tmp')

// Several processes may do this at once: each step either does its work or finds that another process has done it.
function linkToRootsPlace(dir: string): void {
  makeFolder(ROOTS_PLACE, 0o755)
  removeIfEmpty(dir)
  if (existsSync(dir)) return
  if (lstatSync(dir, { throwIfNoEntry: false })?.isSymbolicLink()) {
    makeFolder(resolve(dirname(dir), readlinkSync(dir)), 0o755) // what it points to was removed
    return
  }
  makeFolder(dirname(dir), 0o755)
  const place = mkdtempSync(join(ROOTS_PLACE, `${label(dir)}-`))
  chmodSync(place, 0o755)
  try {
    symlinkSync(place, dir)
  } catch (error) {
    rmdirSync(place)
    if (!existsSync(dir)) throw error // else another process was first
  }
}

// Short, since it becomes part of a socket's path.
const label = (dir: string) =>
  basename(dir)
    .replaceAll(/[^\w.]+/g, '-')
    .slice(0, 20)

function removeIfEmpty(dir: string): void {
  try {
    rmdirSync(dir)
  } catch {
    // Absent, a link, a mount point or not empty: left as it is.
  }
}
