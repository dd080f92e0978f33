import type { Database } from '../db/database.ts'
import { findEndedKeys } from './api-key.ts'
import { findEndedHolders } from './token-holders.ts'
import type { Viewer } from './viewer.ts'

/** Ends what lives longer than a request, when the credential that opened it ends. */
export interface CredentialWatch {
  /**
   * Calls `end` once, within a second of the viewer's credential being revoked or having expired, and of their account being
   * deactivated or its sessions revoked.
   */
  watch(viewer: Viewer, end: () => void): { close(): void }
  close(): void
}

export interface CredentialWatchOptions {
  readonly db: Pick<Database, 'prisma'>
  readonly now: () => Date
  readonly onError: (error: Error) => void
}

const EVERY_MS = 400

/**
 * Asks for all keys in use at once, in one statement, and for all holders of tokens in another, and only while there are any.
 * A poll, not a notification: a key may be revoked by another instance, by the command line or by hand in SQL.
 */
export function createCredentialWatch({ db, now, onError }: CredentialWatchOptions): CredentialWatch {
  const watched = new Map<object, { viewer: Viewer; end: () => void }>()
  let asking = false

  function endIf(isOver: (viewer: Viewer) => boolean): void {
    for (const [token, { viewer, end }] of watched) {
      if (!isOver(viewer)) continue
      watched.delete(token)
      end()
    }
  }

  const viewersOf = (kind: Viewer['kind']) =>
    [...watched.values()].map(({ viewer }) => viewer).filter((viewer) => viewer.kind === kind)

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

  const timer = setInterval(() => {
    // What can be told without the database does not wait for it.
    const at = now()
    endIf(({ expiresAt }) => expiresAt !== null && expiresAt <= at)
    if (asking || watched.size === 0) return
    asking = true
    void Promise.all([endKeys(), endHolders()])
      .catch((error: unknown) => onError(error as Error))
      .finally(() => {
        asking = false
      })
  }, EVERY_MS)

  return {
    watch(viewer, end) {
      const token = {}
      watched.set(token, { viewer, end })
      return { close: () => void watched.delete(token) }
    },
    close() {
      clearInterval(timer)
      watched.clear()
    },
  }
}
