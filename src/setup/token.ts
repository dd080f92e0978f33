import { createHash, randomBytes } from 'node:crypto'

const BYTES = 32

/** Returns the unguessable part of a link: 256 random bits. */
export function createToken(): string {
  return randomBytes(BYTES).toString('base64url')
}

/** Returns what is stored of a token. No salt or slow hash: 256 random bits cannot be guessed. */
export function hashToken(token: string): Buffer {
  return createHash('sha256').update(token).digest()
}

/** Whether a string may be a token; others need not be looked up. */
export function isToken(text: string): boolean {
  return /^[\w-]{43}$/.test(text)
}
