import type { IncomingMessage } from 'node:http'
import { isLoopback } from '../text/is-loopback.ts'

interface ForeignPagesOptions {
  /** Whether requests need no credential. */
  readonly allowAnonymous: boolean
  /** Origins of pages that may call this server even then; `*` names none of them. */
  readonly corsOrigins: readonly string[]
  /** Called with the origin of a page that was refused, and the setting that would admit it, if one would. */
  readonly onForeignPage: (origin: string, setting: string | null) => void
}

/** Returns why a request is refused; null if it is not. */
export type RefuseForeignPages = (request: IncomingMessage) => string | null

/** No browser sends longer ones. */
const LONGEST_ORIGIN = 200

/**
 * If requests need no credential, any page in the developer's browser could make them: by using this address (then
 * Origin differs), or by pointing its own host name at it (then Host differs); and so could anybody at the other end of
 * a tunnel, such as the one for WorkOS's webhooks. All of them are refused in that case; otherwise a request carries a
 * credential that they do not have.
 */
export function refuseForeignPages(options: ForeignPagesOptions): RefuseForeignPages {
  const { allowAnonymous, corsOrigins, onForeignPage } = options
  if (!allowAnonymous) return () => null
  return ({ headers, socket }) => {
    const { host, origin } = headers
    if (host === undefined || !isHere(host))
      return `Without credentials, this server responds only at http://localhost:${socket.localPort}`
    if (isForwarded(headers))
      return 'Without credentials, this server does not respond through a tunnel or proxy; with HOST=0.0.0.0 it does, and requires credentials'
    if (origin === undefined || origin === `http://${host}` || corsOrigins.includes(origin)) return null
    const page = origin.slice(0, LONGEST_ORIGIN)
    // A file, or a page in a sandbox, sends `null`, which any page can.
    const setting =
      origin === 'null' ? null : `CORS_ORIGINS=${[...corsOrigins.filter((one) => one !== '*'), page].join(',')}`
    // Browsers do not show what a refused preflight was told.
    onForeignPage(page, setting)
    return setting === null
      ? 'A page without an origin may not call this server: serve it over HTTP, and set CORS_ORIGINS to its origin'
      : `The page ${page} may not call this server: set ${setting}`
  }
}

// Some tunnels replace Host by an address of this machine, as `ngrok http --host-header=rewrite` does, and still say
// for whom they ask: https://ngrok.com/docs/universal-gateway/http-s/upstream-headers. The proxy of a frontend's own
// server may say so too, but then names this machine.
function isForwarded(headers: IncomingMessage['headers']): boolean {
  if (headers.forwarded !== undefined) return true
  const named = [headers['x-forwarded-for'], headers['x-forwarded-host']].flatMap((value) =>
    value?.toString().split(','),
  )
  return named.some((one) => one !== undefined && !isHere(one.trim().replace(/^::ffff:/i, '')))
}

/** Whether a host, with or without a port, is this machine. */
function isHere(host: string): boolean {
  return isLoopback(host) || (URL.canParse(`http://${host}`) && isLoopback(new URL(`http://${host}`).hostname))
}
