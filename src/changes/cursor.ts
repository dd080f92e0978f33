import { createCipheriv, createDecipheriv } from 'node:crypto'

/**
 * Seals positions of the change log into cursors and opens them. A position counts the changes of all organizations:
 * shown as it is, it would tell one customer how much happens at the others (law 8). One AES block, since equal
 * positions must yield equal cursors; its second half proves that a cursor is ours.
 */
export interface CursorSeal {
  seal(position: number): string
  /** Null for anything that never was a cursor of this database. */
  open(cursor: string): number | null
}

const MARK = Buffer.from('rollcall')

/** `key`: the 16 bytes of `change_clock.cursor_key`. */
export function createCursorSeal(key: Buffer): CursorSeal {
  // Created once: each seal is one whole block, and ECB carries nothing from one block to the next.
  const cipher = createCipheriv('aes-128-ecb', key, null).setAutoPadding(false)
  const decipher = createDecipheriv('aes-128-ecb', key, null).setAutoPadding(false)
  return {
    seal(position) {
      const block = Buffer.alloc(16)
      block.writeBigUInt64BE(BigInt(position))
      MARK.copy(block, 8)
      return cipher.update(block).toString('base64url')
    },
    open(cursor) {
      const sealed = Buffer.from(cursor, 'base64url')
      if (sealed.length !== 16 || sealed.toString('base64url') !== cursor) return null
      const block = decipher.update(sealed)
      return block.subarray(8).equals(MARK) ? Number(block.readBigUInt64BE()) : null
    },
  }
}
