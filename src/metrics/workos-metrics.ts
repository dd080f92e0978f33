import { Counter, type Registry } from 'prom-client'

export interface WorkosMetrics {
  /** WorkOS answered. */
  readonly answered: (answer: Pick<Response, 'url' | 'status'>) => void
  /** A call was not answered: it could not be made, broke, or took too long. */
  readonly unanswered: (url: string) => void
}

export function createWorkosMetrics(registry: Registry): WorkosMetrics {
  const registers = [registry]
  const requests = new Counter({
    name: 'rollcall_workos_requests_total',
    help: 'Calls of the WorkOS API, each attempt by itself, by path and class of status; none where no answer came.',
    labelNames: ['path', 'status'],
    registers,
  })
  const limited = new Counter({
    name: 'rollcall_workos_rate_limited_total',
    help: 'Calls that WorkOS answered with 429.',
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

// Without ids: each would make a series of its own. An answer that somebody made, and did not fetch, has no URL.
function templateOf(url: string): string {
  const path = URL.parse(url)?.pathname ?? ''
  const [, collection, one] = COLLECTIONS.exec(path) ?? []
  if (collection !== undefined) return one === undefined ? collection : `${collection}/{id}`
  return PATHS.has(path) ? path : 'other'
}
