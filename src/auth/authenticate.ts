import type { Database } from '../db/database.ts'
import type { AccessEnds, Doorkeeper } from './access-ends.ts'
import type { AccessTokenOptions } from './access-token.ts'
import { findViewerOfKey, isApiKey } from './api-key.ts'
import { CredentialError } from './credential-error.ts'
import { findEndedHolders } from './token-holders.ts'
import { anonymousDeveloper, type Viewer } from './viewer.ts'

/**
 * Returns the viewer of an Authorization header, or of the equivalent connection parameter. Throws CredentialError, or
 * UncheckableError if it cannot be checked now.
 */
export type Authenticate = (authorization: string | null) => Promise<Viewer>

interface AuthenticateOptions {
  readonly db: Pick<Database, 'prisma'>
  /** Says when to discard cached results. */
  readonly ends: Pick<AccessEnds, 'register'>
  readonly now: () => Date
  /** Null if access tokens are not accepted. */
  readonly accessTokens: AccessTokenOptions | null
  /** Whether requests without a credential come from a developer on this machine. */
  readonly allowAnonymous: boolean
}

// A credential is not looked up again for the next request of a page, unless a caller's access has ended since. Shorter
// than the second within which an end must take effect even if no change records it.
const REMEMBER_MS = 500
const REMEMBER_AT_MOST = 10_000

export function createAuthenticate({ db, ends, now, accessTokens, allowAnonymous }: AuthenticateOptions): Authenticate {
  const verifyToken = accessTokens === null ? null : loadTokenVerifier(accessTokens)
  const keys = remember((secret: string) => findViewerOfKey(db.prisma, secret, now()), now)
  const holders = remember(async (_token: string, viewer: Viewer) => {
    return (await findEndedHolders(db.prisma, [viewer])).get(viewer) ?? null
  }, now)
  ends.register(keys)
  ends.register(holders)

  return async (authorization) => {
    if (authorization === null || authorization.trim() === '') {
      if (allowAnonymous) return anonymousDeveloper
      throw new CredentialError('A credential is required: Authorization: Bearer <API key or access token>')
    }
    const credential = /^Bearer +(\S+)$/i.exec(authorization.trim())?.[1]
    if (credential === undefined) throw new CredentialError('Authorization must be "Bearer <API key or access token>"')
    if (isApiKey(credential)) {
      const viewer = await keys.find(credential)
      if (viewer === null) throw new CredentialError('The API key is not valid, has expired or was revoked')
      return viewer
    }
    if (verifyToken === null)
      throw new CredentialError(
        'The credential is not an API key, and access tokens are not configured (AUTH_JWKS_URL)',
      )
    const viewer = await verifyToken(credential)
    const ended = await holders.find(credential, viewer)
    if (ended !== null) throw new CredentialError(ended)
    return viewer
  }
}

/** Loads the token verifier only if tokens are accepted, and then before the first one arrives. */
function loadTokenVerifier(options: AccessTokenOptions): (token: string) => Promise<Viewer> {
  const loaded = import('./access-token.ts').then(({ createTokenVerifier }) => createTokenVerifier(options))
  return async (token) => (await loaded)(token)
}

/** Caches lookups of a credential for a short time. */
function remember<Rest extends unknown[], Value>(
  find: (credential: string, ...rest: Rest) => Promise<Value>,
  now: () => Date,
): Doorkeeper & { find(credential: string, ...rest: Rest): Promise<Value> } {
  const remembered = new Map<string, { value: Promise<Value>; until: number }>()
  let lastUntil = 0
  return {
    isOnDuty: () => lastUntil > now().getTime(),
    // Lookups in progress may predate the end, so they are discarded, too.
    recheck: () => remembered.clear(),
    find(credential, ...rest) {
      const at = now().getTime()
      const known = remembered.get(credential)
      if (known !== undefined && known.until > at) return known.value
      if (remembered.size >= REMEMBER_AT_MOST) remembered.clear()
      const value = find(credential, ...rest)
      lastUntil = at + REMEMBER_MS
      remembered.set(credential, { value, until: lastUntil })
      value.catch(() => remembered.delete(credential)) // reported to the caller; the next request tries again
      return value
    },
  }
}
