import { isIP } from 'node:net'
import { isPublicAddress } from './is-public-address.ts'

const LONGEST = 2_000

/**
 * Returns what is wrong with an address that messages are to be sent to; null if nothing. Where a name leads is known
 * only once it is resolved, and is checked on connecting (src/outbound/guarded-lookup.ts).
 */
export function issueOfUrl(url: string, allowPrivate: boolean): string | null {
  if (url.length > LONGEST) return `must have at most ${LONGEST} characters`
  // `URL` alone would accept `https:host`, and surrounding spaces, which others need not.
  if (!/^https?:\/\/[^\s/]\S*$/i.test(url) || !URL.canParse(url)) return 'must be a URL that begins with https://'
  const { protocol, username, password, hostname } = new URL(url)
  if (protocol !== 'https:' && !allowPrivate) return 'must be a URL that begins with https://'
  if (username !== '' || password !== '') return 'must not have a user or password'
  if (!allowPrivate && !isPublicHost(hostname)) return 'must not lead to a private or local address'
  return null
}

function isPublicHost(hostname: string): boolean {
  const literal = literalOf(hostname)
  return literal === null ? !/(?:^|\.)localhost\.?$/.test(hostname) : isPublicAddress(literal)
}

/**
 * Returns the IP address that a URL has in place of a name; null if it has a name. `URL` has already expanded 127.1 and
 * 0x7f000001.
 */
export function literalOf(hostname: string): string | null {
  const bare = hostname.replace(/^\[(.*)\]$/, '$1')
  return isIP(bare) === 0 ? null : bare
}
