import { isIP } from 'node:net'
import { isPublicAddress } from './is-public-address.ts'

const LONGEST = 2_000

/**
 * What is wrong with an address that somebody wants messages sent to; null for nothing. Of a name only the resolved
 * address says where it leads, which is looked at when a connection is made (src/outbound/guarded-lookup.ts).
 */
export function issueOfUrl(url: string, allowPrivate: boolean): string | null {
  if (url.length > LONGEST) return `must have ${LONGEST} characters at the most`
  // `URL` alone would take `https:host`, and spaces around it, which others need not.
  if (!/^https?:\/\/[^\s/]\S*$/i.test(url) || !URL.canParse(url)) return 'must be a URL that begins with https://'
  const { protocol, username, password, hostname } = new URL(url)
  if (protocol !== 'https:' && !allowPrivate) return 'must be a URL that begins with https://'
  if (username !== '' || password !== '') return 'must not have a user or a password'
  if (!allowPrivate && !isPublicHost(hostname)) return 'must not lead to a private or local address'
  return null
}

function isPublicHost(hostname: string): boolean {
  const literal = literalOf(hostname)
  return literal === null ? !/(?:^|\.)localhost\.?$/.test(hostname) : isPublicAddress(literal)
}

/**
 * The IP address that a URL has in place of a name; null where it has a name. `URL` has written out 127.1 and
 * 0x7f000001.
 */
export function literalOf(hostname: string): string | null {
  const bare = hostname.replace(/^\[(.*)\]$/, '$1')
  return isIP(bare) === 0 ? null : bare
}
