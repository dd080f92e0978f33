import type { Database } from '../db/database.ts'
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
  readonly now: () => Date
  /** Null: access tokens are not accepted. */
  readonly accessTokens: AccessTokenOptions | null
  /** Whether requests without a credential are a developer's on this machine. */
  readonly allowAnonymous: boolean
}

// What was just looked up is not looked up again for the next request of a page. Shorter than the second within
// which a revocation has to take effect.
const REMEMBER_MS = 500
const REMEMBER_AT_MOST = 10_000

export function createAuthenticate({ db, now, accessTokens, allowAnonymous }: AuthenticateOptions): Authenticate {
  const verifyToken = accessTokens === null ? null : loadTokenVerifier(accessTokens)
  const findKey = remember((secret: string) => findViewerOfKey(db.prisma, secret, now()), now)
  const findEnd = remember(async (_token: string, viewer: Viewer) => {
    return (await findEndedHolders(db.prisma, [viewer])).get(viewer) ?? null
  }, now)

  return async (authorization) => {
    if (authorization === null || authorization.trim() === '') {
      if (allowAnonymous) return anonymousDeveloper
      throw new CredentialError('A credential is required: Authorization: Bearer <API key or access token>')
    }
    const credential = /^Bearer +(\S+)$/i.exec(authorization.trim())?.[1]
    if (credential === undefined) throw new CredentialError('Authorization must be "Bearer <API key or access token>"')
    if (isApiKey(credential)) {
      const viewer = await findKey(credential)
      if (viewer === null) throw new CredentialError('The API key is not valid, or has been revoked')
      return viewer
    }
    if (verifyToken === null)
      throw new CredentialError(
        'The credential is not an API key, and access tokens are not configured (AUTH_JWKS_URL)',
      )
    const viewer = await verifyToken(credential)
    const ended = await findEnd(credential, viewer)
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
): (credential: string, ...rest: Rest) => Promise<Value> {
  const remembered = new Map<string, { value: Promise<Value>; until: number }>()
  return (credential, ...rest) => {
    const at = now().getTime()
    const known = remembered.get(credential)
    if (known !== undefined && known.until > at) return known.value
    if (remembered.size >= REMEMBER_AT_MOST) remembered.clear()
    const value = find(credential, ...rest)
    remembered.set(credential, { value, until: at + REMEMBER_MS })
    value.catch(() => remembered.delete(credential)) // whoever asked hears of it; the next one asks again
    return value
  }
}
