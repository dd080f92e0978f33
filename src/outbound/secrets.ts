import { randomBytes } from 'node:crypto'
import { Webhook } from 'standardwebhooks'

/** A secret as it is stored. */
export interface StoredSecret {
  readonly secret: string
  /** When it ends, in RFC 3339; null for the newest. */
  readonly endsAt: string | null
}

/** Secrets of an endpoint that may be in force at once: each adds a signature to every message. */
export const MAX_SECRETS = 4

/** Returns a secret in the format of Standard Webhooks: 256 random bits. */
export function newSecret(): StoredSecret {
  return { secret: `whsec_${randomBytes(32).toString('base64')}`, endsAt: null }
}

/** Returns the secrets in force, newest first. */
export function inForce(secrets: readonly StoredSecret[], now: Date): StoredSecret[] {
  return secrets.filter(({ endsAt }) => endsAt === null || new Date(endsAt) > now)
}

/** Returns the value of `webhook-signature`: one signature for each secret in force. */
export function signaturesOf(secrets: readonly StoredSecret[], id: string, at: Date, body: string): string {
  return inForce(secrets, at)
    .map(({ secret }) => new Webhook(secret).sign(id, at, body))
    .join(' ')
}
