import { ApiError, invalid, type FieldError } from './api-error.ts'
import type { EventLog, EventQuery } from './event-log.ts'
import { parseLimit } from './page.ts'
import type { Faults } from './faults.ts'
import type { Route } from './route.ts'

/** `GET /events`: oldest first whatever `order` says, like the real one (workos-node#1610). */
export function eventRoutes(log: EventLog, faults: Faults): Route[] {
  return [
    {
      method: 'GET',
      path: '/events',
      handle: ({ query, path }) => {
        const wanted = parseQuery(query)
        const isExpired = wanted.after !== undefined && faults.strike('expiredCursor', path) !== null
        const page = isExpired ? null : log.list(wanted)
        if (page === null) {
          throw new ApiError(400, { message: `Event not found: '${wanted.after}'.`, code: 'invalid_cursor' })
        }
        const after = page.more ? (page.events.at(-1)?.id ?? null) : null
        return { body: { object: 'list', data: page.events, list_metadata: { after } } }
      },
    },
  ]
}

function parseQuery(query: URLSearchParams): EventQuery {
  const names = [...query.getAll('events'), ...query.getAll('events[]')].flatMap((list) => list.split(','))
  const errors: FieldError[] = []
  if (names.length === 0) errors.push({ field: 'events', code: 'required', message: 'is required' })
  // There is no catch-all: every name must be listed.
  const odd = names.find((name) => !/^[a-z_]+(\.[a-z_]+)+$/.test(name))
  if (odd !== undefined) {
    errors.push({ field: 'events', code: 'unknown_event_type', message: `'${odd}' is no name of an event` })
  }
  const after = query.get('after') ?? undefined
  if (after !== undefined) {
    for (const field of ['range_start', 'range_end']) {
      if (query.has(field)) errors.push({ field, code: 'mutually_exclusive', message: 'cannot be used with after' })
    }
  }
  const rangeStart = parseTime(query, 'range_start', errors)
  const rangeEnd = parseTime(query, 'range_end', errors)
  const [first, ...rest] = errors
  if (first !== undefined) throw invalid(first, ...rest)
  const organizationId = query.get('organization_id') ?? undefined
  return { names, after, rangeStart, rangeEnd, organizationId, limit: parseLimit(query) }
}

function parseTime(query: URLSearchParams, field: string, errors: FieldError[]): number | undefined {
  const given = query.get(field)
  if (given === null) return undefined
  const time = Date.parse(given)
  if (Number.isNaN(time)) errors.push({ field, code: 'invalid_date', message: 'is no ISO 8601 date' })
  return time
}
