import { NotFoundException, type WorkOS } from '@workos-inc/node'
import type { Missing } from './decode.ts'

const PATHS = { user: '/directory_users', group: '/directory_groups', directory: '/directories' } as const

/** Asks WorkOS for the object that a thin event names: its JSON as it is, or `gone`. Throws where WorkOS cannot tell. */
export function createComplete(workos: WorkOS): (missing: Missing) => Promise<{ readonly json: unknown } | 'gone'> {
  return async ({ kind, id }) => {
    try {
      const { data } = await workos.get<unknown>(`${PATHS[kind]}/${encodeURIComponent(id)}`, {
        maxRetries: 0, // the event itself is tried again
      })
      return { json: data }
    } catch (error) {
      if (error instanceof NotFoundException) return 'gone'
      throw error
    }
  }
}
