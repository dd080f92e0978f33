import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'

/** Signs access tokens as AuthKit does, and publishes the key. */
export interface TokenIssuer {
  readonly env: Readonly<Record<string, string>>
  /** Returns a token of an AuthKit user in an organization, issued now or at the given time. */
  token(userId: string, organizationId: string, options?: { permissions?: string[]; at?: Date }): Promise<string>
  close(): void
}

export async function startTokenIssuer(): Promise<TokenIssuer> {
  const { publicKey, privateKey } = await generateKeyPair('RS256')
  const jwk = { ...(await exportJWK(publicKey)), kid: 'key_1', alg: 'RS256', use: 'sig' }
  const body = JSON.stringify({ keys: [jwk] })
  const server = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).end(body)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    env: { AUTH_JWKS_URL: `${url}/jwks`, AUTH_ISSUER: url },
    token(userId, organizationId, { permissions = ['directory:read'], at = new Date() } = {}) {
      const seconds = Math.floor(at.getTime() / 1000)
      return new SignJWT({ org_id: organizationId, permissions })
        .setProtectedHeader({ alg: 'RS256', kid: 'key_1' })
        .setIssuer(url)
        .setSubject(userId)
        .setIssuedAt(seconds)
        .setExpirationTime(Math.floor(Date.now() / 1000) + 300)
        .sign(privateKey)
    },
    close: () => void server.close(),
  }
}
