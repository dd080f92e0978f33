import { createRemoteJWKSet, errors, jwtVerify, type JWTPayload, type JWTVerifyGetKey } from 'jose'
import { CredentialError } from './credential-error.ts'
import { UncheckableError } from './uncheckable-error.ts'
import type { Viewer } from './viewer.ts'

export interface AccessTokenOptions {
  /** Where AuthKit publishes its keys: https://api.workos.com/sso/jwks/<client id>. */
  readonly jwksUrl: string
  /** The `iss` that tokens must have; null if any is accepted. */
  readonly issuer: string | null
}

/**
 * Verifies AuthKit access tokens: their signature against the published keys, `exp`, `iss`, and an `org_id`. Throws
 * CredentialError, and UncheckableError while the keys cannot be fetched.
 */
export function createTokenVerifier({ jwksUrl, issuer }: AccessTokenOptions): (token: string) => Promise<Viewer> {
  const keys = fetchKeys(jwksUrl)
  return async (token) => {
    try {
      const options = {
        requiredClaims: ['exp', 'sub'],
        algorithms: ['RS256', 'RS384', 'RS512', 'PS256', 'ES256', 'EdDSA'],
        clockTolerance: 5,
      }
      const { payload } = await jwtVerify(token, keys, { ...options, ...(issuer === null ? {} : { issuer }) })
      return viewerOf(payload)
    } catch (error) {
      if (!(error instanceof errors.JOSEError)) throw error
      throw new CredentialError(
        error instanceof errors.JWTExpired ? 'The access token has expired' : 'The access token is not valid',
      )
    }
  }
}

function fetchKeys(url: string): JWTVerifyGetKey {
  const keys = createRemoteJWKSet(new URL(url), { timeoutDuration: 5_000, cooldownDuration: 5_000 })
  return async (header, token) => {
    try {
      return await keys(header, token)
    } catch (error) {
      if (error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWKSMultipleMatchingKeys) throw error
      const message = 'Access tokens cannot be checked now: the signing keys cannot be fetched'
      throw new UncheckableError(message, error)
    }
  }
}

function viewerOf(payload: JWTPayload): Viewer {
  const { sub, exp, iat, org_id: organizationId, permissions } = payload
  // Without an organization, this viewer may see nothing, but null would mean everything.
  if (typeof organizationId !== 'string' || organizationId === '')
    throw new CredentialError('The access token does not name an organization (org_id)')
  const scopes = Array.isArray(permissions) ? permissions.filter((permission) => typeof permission === 'string') : []
  const issued = typeof iat === 'number' ? { issuedAt: new Date(iat * 1000) } : {}
  return { kind: 'USER', id: sub!, organizationId, scopes, expiresAt: new Date(exp! * 1000), ...issued }
}
