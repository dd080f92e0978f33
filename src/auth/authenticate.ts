import type { PrismaClient } from '../generated/prisma/client.ts'
import { createTokenVerifier, type AccessTokenOptions } from './access-token.ts'
import { findViewerOfKey, isApiKey } from './api-key.ts'
import { CredentialError } from './credential-error.ts'
import { anonymousDeveloper, type Viewer } from './viewer.ts'

/**
 * The viewer that an Authorization header, or its twin in connection parameters, stands for. Throws CredentialError, and
 * UncheckableError where it cannot tell now.
 */
export type Authenticate = (authorization: string | null) => Promise<Viewer>

export interface AuthenticateOptions {
  readonly db: PrismaClient
  readonly now: () => Date
  /** Null: access tokens are not accepted. */
  readonly accessTokens: AccessTokenOptions | null
  /** Whether requests without a credential are a developer's on this machine. */
  readonly allowAnonymous: boolean
}

// A key that was just looked up is not looked up again for the next request of a page. Shorter than the second within
// which a revocation has to take effect.
const REMEMBER_MS = 500
const REMEMBER_AT_MOST = 10_000

export function createAuthenticate({ db, now, accessTokens, allowAnonymous }: AuthenticateOptions): Authenticate {
  const verifyToken = accessTokens === null ? null : createTokenVerifier(accessTokens)
  const remembered = new Map<string, { viewer: Promise<Viewer | null>; until: number }>()

  function findKey(secret: string): Promise<Viewer | null> {
    const at = now().getTime()
    const known = remembered.get(secret)
    if (known !== undefined && known.until > at) return known.viewer
    if (remembered.size >= REMEMBER_AT_MOST) remembered.clear()
    const viewer = findViewerOfKey(db, secret, now())
    remembered.set(secret, { viewer, until: at + REMEMBER_MS })
    viewer.catch(() => remembered.delete(secret)) // whoever asked hears of it; the next one asks again
    return viewer
  }

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
    return verifyToken(credential)
  }
}
