import { ulid } from 'ulid'
import type { Queryable, Tx } from '../db/database.ts'
import { ensureOrganization } from '../db/ensure-organization.ts'
import type { PrismaClient } from '../generated/prisma/client.ts'
import { createToken, hashToken } from '../text/token.ts'
import type { Viewer } from './viewer.ts'

const PREFIX = 'rck_'

export function isApiKey(credential: string): boolean {
  return credential.startsWith(PREFIX)
}

export interface NewApiKey {
  readonly name: string
  readonly scopes: readonly string[]
  /** Null for a key of the product's own backend, which sees every organization. */
  readonly organizationId: string | null
  readonly createdBy: string
  readonly expiresAt?: Date | null
}

export interface CreatedKey {
  readonly id: string
  /** 256 random bits. Only its hash is stored. */
  readonly secret: string
  /** Whether its organization was not known here before. */
  readonly isOrganizationNew: boolean
}

/** Creates a key, and its organization if that is not known yet. */
export async function createApiKey(db: Queryable, key: NewApiKey): Promise<CreatedKey> {
  const { name, organizationId, createdBy, expiresAt = null } = key
  const scopes = [...new Set(key.scopes)]
  const id = `api_key_${ulid()}`
  const secret = PREFIX + createToken()
  const isOrganizationNew = organizationId !== null && (await ensureOrganization(db, organizationId))
  await db.query(
    `insert into api_key (id, name, prefix, hash, scopes, organization_id, created_by, expires_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8)`,
    [id, name, secret.slice(0, PREFIX.length + 6), hashToken(secret), scopes, organizationId, createdBy, expiresAt],
  )
  return { id, secret, isOrganizationNew }
}

/** Returns the key's viewer; null if the secret does not belong to a valid key. */
export async function findViewerOfKey(db: PrismaClient, secret: string, now: Date): Promise<Viewer | null> {
  const key = await db.apiKey.findUnique({ where: { hash: hashToken(secret) } })
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

// `lastUsedAt` is for people: minute precision suffices, and saves a write per request.
const USED_EVERY_MS = 60_000

/** Returns those of the given keys that are no longer valid. */
export async function findEndedKeys(db: PrismaClient, ids: readonly string[], now: Date): Promise<Set<string>> {
  const inForce = { revokedAt: null, OR: [{ expiresAt: null }, { expiresAt: { gt: now } }] }
  const keys = await db.apiKey.findMany({ where: { id: { in: [...ids] }, ...inForce }, select: { id: true } })
  return new Set(ids).difference(new Set(keys.map((key) => key.id)))
}

interface RevokedKey {
  readonly organizationId: string | null
  /** Whether it was revoked just now, rather than before. */
  readonly revoked: boolean
}

/** Revokes a key. Returns null if there is none, or none of that organization. */
export async function revokeApiKey(
  tx: Tx,
  id: string,
  organizationId: string | null,
  now: Date,
): Promise<RevokedKey | null> {
  const { rows } = await tx.query<{ organizationId: string | null; revokedAt: Date | null }>(
    `select organization_id as "organizationId", revoked_at as "revokedAt" from api_key
     where id = $1 and ($2::text is null or organization_id = $2) for no key update`,
    [id, organizationId],
  )
  const key = rows[0]
  if (key === undefined) return null
  const revoked = key.revokedAt === null
  if (revoked) await tx.query('update api_key set revoked_at = $2 where id = $1', [id, now])
  return { organizationId: key.organizationId, revoked }
}
