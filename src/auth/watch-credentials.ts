import type { Database } from '../db/database.ts'
import type { AccessEnds } from './access-ends.ts'
import { findEndedKeys } from './api-key.ts'
import { findEndedHolders } from './token-holders.ts'
import type { Viewer } from './viewer.ts'

/** Ends what lives longer than a request, when the credential that opened it ends. */
export interface CredentialWatch {
  /**
   * Calls `end` once, within a second of the viewer's credential being revoked or having expired, and of their account
   * being deactivated or its sessions revoked.
   */
  watch(viewer: Viewer, end: () => void): { close(): void }
  close(): void
}

export interface CredentialWatchOptions {
  readonly db: Pick<Database, 'prisma'>
  /** Says when to ask at once. */
  readonly ends: Pick<AccessEnds, 'tell'>
  readonly now: () => Date
  readonly onError: (error: Error) => void
}

const EVERY_MS = 400

/**
 * Asks for all keys in use at once, in one statement, and for all holders of tokens in another, and only while there
 * are any: when the change log tells of an end, and all the time, since a key expires, and may be revoked by hand in
 * SQL.
 */
export function createCredentialWatch({ db, ends, now, onError }: CredentialWatchOptions): CredentialWatch {
  const watched = new Set<Watching>()
  // Thousands may live by one credential: what is asked several times a second is asked of each once, and makes no
  // garbage of the others.
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
    // What can be told without the database does not wait for it.
    const at = now()
    endIf(({ expiresAt }) => expiresAt !== null && expiresAt <= at)
    void askAll()
  }, EVERY_MS)
  ends.tell({
    isOnDuty: () => watched.size > 0,
    recheck() {
      again = true // also where it is being asked: that may have been before the end
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

/** A class, so that each is as small as it can be. */
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
