import type { IncomingMessage } from 'node:http'
import { isLoopback, type Config } from '../config.ts'

/**
 * If requests need no credential, any page in the developer's browser could make them: by using this address (then
 * Origin differs), or by pointing its own host name at it (then Host differs). Both are refused in that case; otherwise
 * a request carries a credential that a foreign page does not have.
 */
export function mayReach({
  allowAnonymous,
  corsOrigins,
}: Pick<Config, 'allowAnonymous' | 'corsOrigins'>): (request: IncomingMessage) => boolean {
  if (!allowAnonymous) return () => true
  return ({ headers: { host, origin } }) => {
    if (host === undefined || !URL.canParse(`http://${host}`) || !isLoopback(new URL(`http://${host}`).hostname))
      return false
    return origin === undefined || origin === `http://${host}` || corsOrigins.includes(origin)
  }
}
