import { createHash, randomBytes } from 'node:crypto'

/** Returns a text that cannot be guessed: 256 random bits. */
export const createToken = (): string => randomBytes(32).toString('base64url')

/**
 * Returns what is stored of a token. No salt or slow hash: 256 random bits cannot be guessed, and every request
 * with an API key needs this.
 */
export const hashToken = (token: string): Uint8Array<ArrayBuffer> =>
  new Uint8Array(createHash('sha256').update(token).digest())

/** Whether a text may be a token; others need not be looked up. */
export const isToken = (text: string): boolean => /^[\w-]{43}$/.test(text)
