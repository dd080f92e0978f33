import { Counter, type Registry } from 'prom-client'

export interface WorkosMetrics {
  /** WorkOS answered. */
  readonly answered: (answer: Pick<Response, 'url' | 'status'>) => void
  /** A call got no answer: it could not be made, broke, or timed out. */
  readonly unanswered: (url: string) => void
}

export function createWorkosMetrics(registry: Registry): WorkosMetrics {
  const registers = [registry]
  const requests = new Counter({
    name: 'rollcall_workos_requests_total',
    help: 'Calls to the WorkOS API, counting each attempt, by path and status class; none if there was no response.',
    labelNames: ['path', 'status'],
    registers,
  })
  const limited = new Counter({
    name: 'rollcall_workos_rate_limited_total',
    help: 'Calls that WorkOS rejected with 429.',
    labelNames: ['path'],
    registers,
  })
  return {
    answered({ url, status }) {
      const path = templateOf(url)
      requests.inc({ path, status: `${Math.floor(status / 100)}xx` })
      if (status === 429) limited.inc({ path })
    },
    unanswered: (url) => requests.inc({ path: templateOf(url), status: 'none' }),
  }
}

const PATHS = new Set(['/events', '/portal/generate_link'])
const COLLECTIONS = /^(\/(?:directories|directory_users|directory_groups|organizations))(\/[^/]+)?$/

// Without ids: each would create a series. A response that was constructed rather than fetched has no URL.
function templateOf(url: string): string {
  const path = URL.parse(url)?.pathname ?? ''
  const [, collection, one] = COLLECTIONS.exec(path) ?? []
  if (collection !== undefined) return one === undefined ? collection : `${collection}/{id}`
  return PATHS.has(path) ? path : 'other'
}
