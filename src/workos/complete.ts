import type { WorkOS } from '@workos-inc/node'
import { call, known } from './call.ts'
import type { LeftOut } from './decode.ts'

const PATHS = { user: '/directory_users', group: '/directory_groups', directory: '/directories' } as const

/**
 * Asks WorkOS, once, for the object that a thin event names: returns its JSON as it is, or `gone`. Throws UpstreamError
 * if WorkOS cannot tell: the event itself is tried again.
 */
export function createComplete(workos: WorkOS): (missing: LeftOut) => Promise<{ readonly json: unknown } | 'gone'> {
  return async ({ kind, id }) => {
    const path = `${PATHS[kind]}/${encodeURIComponent(id)}`
    const answer = await known(call(() => workos.get<unknown>(path, { maxRetries: 0 })))
    return answer === null ? 'gone' : { json: answer.data }
  }
}
