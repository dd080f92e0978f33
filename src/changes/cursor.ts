import { createCipheriv, createDecipheriv } from 'node:crypto'
import { LRUCache } from 'lru-cache'

/** A position of the log, and which change was there when its cursor was made. */
export interface Place {
  readonly position: number
  /** See `stampOf`; null if the cursor was made for no change, or by a version that did not say. */
  readonly stamp: number | null
}

/**
 * Seals positions of the change log into cursors and opens them. A position counts the changes of all organizations:
 * shown as it is, it would tell one customer how much happens at the others (law 8). One AES block, since equal
 * positions must yield equal cursors; what follows the position proves that a cursor is ours, and tells the change
 * there from one that has taken its position since, after the database was restored.
 */
export interface CursorSeal {
  seal(change: { readonly position: number; readonly recordedAt?: Date }): string
  /** Null for anything that never was a cursor of this database. */
  open(cursor: string): Place | null
}

/** When a change was recorded, as a cursor has it: in milliseconds, without what exceeds 32 bits. */
export const stampOf = (recordedAt: Date): number => recordedAt.getTime() % 2 ** 32

const MARK = Buffer.from('roll')
/** In place of a stamp, if there is none. */
const UNSTAMPED = Buffer.from('call').readUInt32BE()

/** The newest changes are told to every subscriber, and are the page that most readers begin with. */
const MAX_SEALED = 2_000

/** `key`: the 16 bytes of `change_clock.cursor_key`. */
export function createCursorSeal(key: Buffer): CursorSeal {
  // Created once: each seal is one whole block, and ECB carries nothing from one block to the next.
  const cipher = createCipheriv('aes-128-ecb', key, null).setAutoPadding(false)
  const decipher = createDecipheriv('aes-128-ecb', key, null).setAutoPadding(false)
  const sealed = new LRUCache<number, { readonly stamp: number; readonly cursor: string }>({ max: MAX_SEALED })
  return {
    seal({ position, recordedAt }) {
      const stamp = recordedAt === undefined ? UNSTAMPED : stampOf(recordedAt)
      const known = sealed.get(position)
      if (known?.stamp === stamp) return known.cursor
      const block = Buffer.alloc(16)
      block.writeBigUInt64BE(BigInt(position))
      MARK.copy(block, 8)
      block.writeUInt32BE(stamp, 12)
      const cursor = cipher.update(block).toString('base64url')
      sealed.set(position, { stamp, cursor })
      return cursor
    },
    open(cursor) {
      const sealed = Buffer.from(cursor, 'base64url')
      if (sealed.length !== 16 || sealed.toString('base64url') !== cursor) return null
      const block = decipher.update(sealed)
      const position = block.readBigUInt64BE()
      if (!block.subarray(8, 12).equals(MARK) || position > Number.MAX_SAFE_INTEGER) return null
      const stamp = block.readUInt32BE(12)
      return { position: Number(position), stamp: stamp === UNSTAMPED ? null : stamp }
    },
  }
}
