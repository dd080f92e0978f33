import type { Database } from '../db/database.ts'
import type { AccessEnds } from './access-ends.ts'
import { findEndedKeys } from './api-key.ts'
import { findEndedHolders } from './token-holders.ts'
import type { Viewer } from './viewer.ts'

/** Ends long-lived streams when the credential that opened them ends. */
export interface CredentialWatch {
  /**
   * Calls `end` once, within a second of the viewer's credential expiring or being revoked, or of their account being
   * deactivated or its sessions revoked.
   */
  watch(viewer: Viewer, end: () => void): { close(): void }
  close(): void
}

interface CredentialWatchOptions {
  readonly db: Pick<Database, 'prisma'>
  /** Says when to check immediately. */
  readonly ends: Pick<AccessEnds, 'register'>
  readonly now: () => Date
  readonly onError: (error: Error) => void
}

const EVERY_MS = 400

/**
 * Checks all keys in use with one statement, and all token holders with another, only while there are any: when the
 * change log records an end, and periodically, since keys expire, and may be revoked by hand in SQL.
 */
export function createCredentialWatch({ db, ends, now, onError }: CredentialWatchOptions): CredentialWatch {
  const watched = new Set<Watching>()
  // Thousands of streams may share a credential: the check that runs several times a second visits each credential
  // once, and allocates nothing for the others.
  const counts = new Map<Viewer, number>()
  let asking = false
  let again = false

  function drop(watching: Watching): void {
    const { viewer } = watching
    if (!watched.delete(watching)) return
    const left = counts.get(viewer)! - 1
    if (left === 0) counts.delete(viewer)
    else counts.set(viewer, left)
  }

  function endIf(isOver: (viewer: Viewer) => boolean): void {
    const over = new Set<Viewer>()
    for (const viewer of counts.keys()) if (isOver(viewer)) over.add(viewer)
    if (over.size === 0) return
    for (const watching of watched) {
      if (!over.has(watching.viewer)) continue
      drop(watching)
      watching.end()
    }
  }

  const viewersOf = (kind: Viewer['kind']) => [...counts.keys()].filter((viewer) => viewer.kind === kind)

  async function endHolders(): Promise<void> {
    const ended = await findEndedHolders(db.prisma, viewersOf('USER'))
    if (ended.size > 0) endIf((viewer) => ended.has(viewer))
  }

  async function endKeys(): Promise<void> {
    const keyIds = new Set(viewersOf('API_KEY').map(({ id }) => id))
    if (keyIds.size === 0) return
    const ended = await findEndedKeys(db.prisma, [...keyIds], now())
    endIf(({ kind, id }) => kind === 'API_KEY' && ended.has(id))
  }

  async function askAll(): Promise<void> {
    if (asking || watched.size === 0) return
    asking = true
    again = false
    try {
      await Promise.all([endKeys(), endHolders()])
    } catch (error) {
      onError(error as Error)
    }
    asking = false
    if (again) await askAll()
  }

  const timer = setInterval(() => {
    // Expiry does not wait for the database.
    const at = now()
    endIf(({ expiresAt }) => expiresAt !== null && expiresAt <= at)
    void askAll()
  }, EVERY_MS)
  ends.register({
    isOnDuty: () => watched.size > 0,
    recheck() {
      again = true // even during a check, which may have begun before the end
      void askAll()
    },
  })

  return {
    watch(viewer, end) {
      const watching = new Watching(viewer, end, drop)
      watched.add(watching)
      counts.set(viewer, (counts.get(viewer) ?? 0) + 1)
      return watching
    },
    close() {
      clearInterval(timer)
      watched.clear()
      counts.clear()
    },
  }
}

/** A class, to keep instances as small as possible. */
class Watching {
  readonly viewer: Viewer
  readonly end: () => void
  readonly #drop: (watching: Watching) => void

  constructor(viewer: Viewer, end: () => void, drop: (watching: Watching) => void) {
    this.viewer = viewer
    this.end = end
    this.#drop = drop
  }

  close(): void {
    this.#drop(this)
  }
}
