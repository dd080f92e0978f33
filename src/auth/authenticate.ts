import type { Database } from '../db/database.ts'
import type { AccessEnds, Doorkeeper } from './access-ends.ts'
import type { AccessTokenOptions } from './access-token.ts'
import { findViewerOfKey, isApiKey } from './api-key.ts'
import { CredentialError } from './credential-error.ts'
import { findEndedHolders } from './token-holders.ts'
import { anonymousDeveloper, type Viewer } from './viewer.ts'

/**
 * The viewer that an Authorization header, or its twin in connection parameters, stands for. Throws CredentialError,
 * and UncheckableError where it cannot tell now.
 */
export type Authenticate = (authorization: string | null) => Promise<Viewer>

export interface AuthenticateOptions {
  readonly db: Pick<Database, 'prisma'>
  /** Says when what was found out is to be forgotten. */
  readonly ends: Pick<AccessEnds, 'tell'>
  readonly now: () => Date
  /** Null: access tokens are not accepted. */
  readonly accessTokens: AccessTokenOptions | null
  /** Whether requests without a credential are a developer's on this machine. */
  readonly allowAnonymous: boolean
}

// What was just looked up is not looked up again for the next request of a page, unless somebody's access has ended
// since. Shorter than the second within which that has to take effect, where no change tells of it.
const REMEMBER_MS = 500
const REMEMBER_AT_MOST = 10_000

export function createAuthenticate({ db, ends, now, accessTokens, allowAnonymous }: AuthenticateOptions): Authenticate {
  const verifyToken = accessTokens === null ? null : loadTokenVerifier(accessTokens)
  const keys = remember((secret: string) => findViewerOfKey(db.prisma, secret, now()), now)
  const holders = remember(async (_token: string, viewer: Viewer) => {
    return (await findEndedHolders(db.prisma, [viewer])).get(viewer) ?? null
  }, now)
  ends.tell(keys)
  ends.tell(holders)

  return async (authorization) => {
    if (authorization === null || authorization.trim() === '') {
      if (allowAnonymous) return anonymousDeveloper
      throw new CredentialError('A credential is required: Authorization: Bearer <API key or access token>')
    }
    const credential = /^Bearer +(\S+)$/i.exec(authorization.trim())?.[1]
    if (credential === undefined) throw new CredentialError('Authorization must be "Bearer <API key or access token>"')
    if (isApiKey(credential)) {
      const viewer = await keys.find(credential)
      if (viewer === null) throw new CredentialError('The API key is not valid, or has been revoked')
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

/**
 * Where tokens are not accepted, what they are checked with is not loaded; where they are, it is before the first
 * comes.
 */
function loadTokenVerifier(options: AccessTokenOptions): (token: string) => Promise<Viewer> {
  const loaded = import('./access-token.ts').then(({ createTokenVerifier }) => createTokenVerifier(options))
  return async (token) => (await loaded)(token)
}

/** Asks once in a while for the same credential. */
function remember<Rest extends unknown[], Value>(
  find: (credential: string, ...rest: Rest) => Promise<Value>,
  now: () => Date,
): Doorkeeper & { find(credential: string, ...rest: Rest): Promise<Value> } {
  const remembered = new Map<string, { value: Promise<Value>; until: number }>()
  let lastUntil = 0
  return {
    isOnDuty: () => lastUntil > now().getTime(),
    // What is being found out may be older than the end, and is not remembered either.
    recheck: () => remembered.clear(),
    find(credential, ...rest) {
      const at = now().getTime()
      const known = remembered.get(credential)
      if (known !== undefined && known.until > at) return known.value
      if (remembered.size >= REMEMBER_AT_MOST) remembered.clear()
      const value = find(credential, ...rest)
      lastUntil = at + REMEMBER_MS
      remembered.set(credential, { value, until: lastUntil })
      value.catch(() => remembered.delete(credential)) // whoever asked hears of it; the next one asks again
      return value
    },
  }
}
