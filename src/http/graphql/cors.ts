import type { CORSOptions, Plugin } from 'graphql-yoga'

const SHARED: CORSOptions = { credentials: false, exposedHeaders: ['Retry-After'] }

/**
 * Which pages may read answers. A function, since Yoga answers a page that is not on a list of several origins with the
 * origin `null`, which any sandboxed page has.
 */
export function corsFor(origins: readonly string[]): CORSOptions | ((request: Request) => CORSOptions) {
  if (origins.length === 0) return false
  if (origins.includes('*')) return { ...SHARED, origin: '*' }
  return ({ headers }) => {
    const origin = headers.get('origin')
    return origin !== null && origins.includes(origin) ? { ...SHARED, origin } : false
  }
}

/** Tells caches that answers differ between pages, which Yoga says of a list of origins only. */
export function varyByOrigin(origins: readonly string[]): Plugin {
  return {
    onResponse({ response: { headers } }) {
      if (origins.length > 0 && !origins.includes('*')) headers.append('vary', 'Origin')
    },
  }
}
