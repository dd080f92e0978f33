import { createHash, randomBytes } from 'node:crypto'
import { ulid } from 'ulid'
import type { PrismaClient } from '../generated/prisma/client.ts'
import type { Viewer } from './viewer.ts'

const PREFIX = 'rck_'

export function isApiKey(credential: string): boolean {
  return credential.startsWith(PREFIX)
}

export interface NewApiKey {
  readonly name: string
  readonly scopes: readonly string[]
  /** Null: a key of the product's own backend, which sees every organization. */
  readonly organizationId: string | null
  readonly createdBy: string
  readonly expiresAt?: Date | null
}

/** Makes a key and stores its hash. The secret, 256 random bits, is in the answer and nowhere else. */
export async function createApiKey(db: PrismaClient, key: NewApiKey) {
  const secret = PREFIX + randomBytes(32).toString('base64url')
  const { organizationId } = key
  // A key may be made for a customer before its first directory is known, and by two at once.
  const organizations = organizationId === null ? [] : [{ id: organizationId }]
  const data = {
    ...key,
    id: `api_key_${ulid()}`,
    scopes: [...key.scopes],
    prefix: secret.slice(0, PREFIX.length + 6),
    hash: hash(secret),
  }
  const [, apiKey] = await db.$transaction([
    db.organization.createMany({ data: organizations, skipDuplicates: true }),
    db.apiKey.create({ data }),
  ])
  return { apiKey, secret }
}

/** The key's viewer; null where the secret is not that of a key that is in force. */
export async function findViewerOfKey(db: PrismaClient, secret: string, now: Date): Promise<Viewer | null> {
  const key = await db.apiKey.findUnique({ where: { hash: hash(secret) } })
  if (key === null || key.revokedAt !== null || (key.expiresAt !== null && key.expiresAt <= now)) return null
  if (key.lastUsedAt === null || now.getTime() - key.lastUsedAt.getTime() > USED_EVERY_MS) {
    await db.apiKey.update({ where: { id: key.id }, data: { lastUsedAt: now }, select: { id: true } })
  }
  return {
    kind: 'API_KEY',
    id: key.id,
    organizationId: key.organizationId,
    scopes: key.scopes,
    expiresAt: key.expiresAt,
  }
}

// `lastUsedAt` is for people: to the minute is enough, and saves a write per request.
const USED_EVERY_MS = 60_000

/** Of the given keys, those that are no longer in force. */
export async function findEndedKeys(db: PrismaClient, ids: readonly string[], now: Date): Promise<Set<string>> {
  const inForce = { revokedAt: null, OR: [{ expiresAt: null }, { expiresAt: { gt: now } }] }
  const keys = await db.apiKey.findMany({ where: { id: { in: [...ids] }, ...inForce }, select: { id: true } })
  return new Set(ids).difference(new Set(keys.map((key) => key.id)))
}

// No salt and no slow hash: nobody guesses 256 random bits, and every request needs this.
function hash(secret: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(createHash('sha256').update(secret).digest())
}

/** Ends a key from now on. Gives it, or null where there is none, or none of that organization. */
export async function revokeApiKey(db: PrismaClient, id: string, organizationId: string | null, now: Date) {
  const where = { id, ...(organizationId === null ? {} : { organizationId }) }
  await db.apiKey.updateMany({ where: { ...where, revokedAt: null }, data: { revokedAt: now } })
  return db.apiKey.findFirst({ where })
}
