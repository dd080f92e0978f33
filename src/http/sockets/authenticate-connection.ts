import { CloseCode } from 'graphql-ws'
import type { Authenticate } from '../../auth/authenticate.ts'
import { CredentialError } from '../../auth/credential-error.ts'
import type { Viewer } from '../../auth/viewer.ts'
import type { CredentialWatch } from '../../auth/watch-credentials.ts'
import { reasonToSend } from './close-reason.ts'
import type { Connection, SocketEvents } from './connection.ts'
import { tryAgainLater } from './try-again-later.ts'

export interface AuthenticationOptions extends Pick<SocketEvents, 'onError'> {
  readonly authenticate: Authenticate
  readonly watch: CredentialWatch
}

/** Returns whether a connection may go on; closes it otherwise, now or as soon as its credential ends. */
type AuthenticateConnection = (connection: Connection, authorization: string | null) => Promise<boolean>

export function createConnectionAuthentication({
  authenticate,
  watch,
  onError,
}: AuthenticationOptions): AuthenticateConnection {
  return async (connection, authorization) => {
    const { socket } = connection
    let viewer: Viewer
    try {
      viewer = await authenticate(authorization)
    } catch (error) {
      if (error instanceof CredentialError) {
        const isMissing = (authorization ?? '').trim() === ''
        // graphql-ws would send only Forbidden.
        socket.close(CloseCode.Forbidden, isMissing ? CREDENTIAL_MISSING : reasonToSend(error.message))
        return false
      }
      // If rethrown, graphql-ws would send the error to the client, and close with a code after which clients do not
      // reconnect.
      onError(error as Error)
      tryAgainLater(socket)
      return false
    }
    const watching = watch.watch(viewer, () => {
      socket.close(CloseCode.Forbidden, 'The credential was revoked or has expired')
      connection.end()
    })
    connection.begin(viewer, watching)
    // It may have been closed while its credential was checked: then no further close event follows.
    if (socket.readyState !== socket.OPEN) connection.end()
    return true
  }
}

// HTTP's advice is a header, which browsers cannot send with an upgrade.
const CREDENTIAL_MISSING =
  'A credential is required, in the connection parameters: { "authorization": "Bearer <API key or access token>" }'
