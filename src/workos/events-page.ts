import * as z from 'zod'
import { eventTypes } from '../directory/events.ts'
import { UpstreamError } from '../operations/upstream-error.ts'
import type { WorkosApi } from './api.ts'
import { parseTime } from './time.ts'

/** Where to read from: after an event, or from a moment on. The API takes one or the other. */
export type EventsFrom = { readonly after: string } | { readonly since: Date }

export interface EventsPage {
  /** Events as unchecked JSON, oldest first. */
  readonly events: readonly unknown[]
  /** The id of the last event that has one: the cursor for what follows. Null on an empty page. */
  readonly last: string | null
  readonly more: boolean
}

const LIMIT = 100

// `dsync.deactivated` is no longer documented, and an unknown name would be refused. There is no catch-all.
const NAMES = eventTypes.filter((type) => type !== 'dsync.deactivated').join(',')

const answer = z.object({
  data: z.array(z.unknown()),
  list_metadata: z.object({ after: z.string().nullish() }),
})
const identified = z.object({ id: z.string() })
const dated = z.object({ created_at: z.string() })

/**
 * Returns a page of the Events API, or `forgotten` if WorkOS no longer knows the cursor (400): then what it retains
 * must be read again. Throws UpstreamError, also for a page that is not oldest first: after a cursor saved from it, the
 * rest would never be seen (workos-node#1610).
 */
export async function readEventsPage(api: WorkosApi, from: EventsFrom): Promise<EventsPage | 'forgotten'> {
  const start = 'after' in from ? { after: from.after } : { range_start: from.since.toISOString() }
  const query = { events: NAMES, limit: String(LIMIT), order: 'asc', ...start }
  let json: unknown
  try {
    ;({ json } = await api.get('/events', query))
  } catch (error) {
    if (error instanceof UpstreamError && error.status === 400 && 'after' in from) return 'forgotten'
    throw error
  }
  const page = answer.safeParse(json)
  if (!page.success) throw new UpstreamError('GET /events: the response is not a list', { retryable: true })
  const { data, list_metadata } = page.data
  refuseDisorder(data)
  const ids = data.map((event) => identified.safeParse(event).data?.id).filter((id) => id !== undefined)
  const more = list_metadata.after != null
  const last = ids.at(-1) ?? list_metadata.after ?? null
  if (more && (last === null || ('after' in from && last === from.after)))
    throw new UpstreamError('GET /events: the page does not advance', { retryable: true })
  return { events: data, last, more }
}

function refuseDisorder(events: readonly unknown[]): void {
  let before = Number.NEGATIVE_INFINITY
  for (const event of events) {
    const at = parseTime(dated.safeParse(event).data?.created_at ?? '')?.getTime() ?? before
    if (at < before) throw new UpstreamError('GET /events: the page is not oldest first')
    before = at
  }
}
