// Cut by hand: a request's URL need not be one for `new URL`, which takes `//x` for a host.
import type { IncomingMessage } from 'node:http'

/** Returns a request's path, without its query. */
export function pathOf({ url = '/' }: IncomingMessage): string {
  return url.split('?', 1)[0]!
}

/** Returns the query of a URL; empty if it has none. */
export function searchOf(url: string): URLSearchParams {
  return new URLSearchParams(url.includes('?') ? url.slice(url.indexOf('?') + 1) : '')
}
