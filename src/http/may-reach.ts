import type { IncomingMessage } from 'node:http'
import { isLoopback, type Config } from '../config.ts'

/**
 * Where requests need no credential, any page in the developer's browser could make them: by naming this address (then
 * Origin is another), or by pointing a name of its own at it (then Host is). Both are refused there; elsewhere a
 * request carries what a foreign page does not have.
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
