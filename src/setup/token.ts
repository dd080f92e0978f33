import { createHash, randomBytes } from 'node:crypto'

const BYTES = 32

/** What makes a link one that nobody guesses: 256 random bits. */
export function createToken(): string {
  return randomBytes(BYTES).toString('base64url')
}

/** What is kept of a token. No salt and no slow hash: nobody guesses 256 random bits. */
export function hashToken(token: string): Buffer {
  return createHash('sha256').update(token).digest()
}

/** Whether a text may be a token: what is not need not be looked for. */
export function isToken(text: string): boolean {
  return /^[\w-]{43}$/.test(text)
}
