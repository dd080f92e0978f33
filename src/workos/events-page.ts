import * as z from 'zod'
import { eventTypes } from '../directory/events.ts'
import { UpstreamError } from '../directory/upstream-error.ts'
import type { WorkosApi } from './api.ts'
import { parseTime } from './time.ts'

/** From where to read: after an event, or from a moment on. The API takes one or the other. */
export type EventsFrom = { readonly after: string } | { readonly since: Date }

export interface EventsPage {
  /** Events as JSON that nobody has looked at yet, oldest first. */
  readonly events: readonly unknown[]
  /** The id of the last event that has one: the cursor of what follows. Null on an empty page. */
  readonly last: string | null
  readonly more: boolean
}

const LIMIT = 100

// `dsync.deactivated` is no longer documented, and a name that is unknown would be refused. There is no catch-all.
const NAMES = eventTypes.filter((type) => type !== 'dsync.deactivated').join(',')

const answer = z.object({
  data: z.array(z.unknown()),
  list_metadata: z.object({ after: z.string().nullish() }),
})
const identified = z.object({ id: z.string() })
const dated = z.object({ created_at: z.string() })

/**
 * A page of the Events API. `forgotten` where WorkOS no longer knows the cursor (400): then what it retains has to be
 * read again. Throws UpstreamError, also for a page that is not oldest first: whoever saved a cursor behind it would
 * never see the rest (workos-node#1610).
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
  if (!page.success) throw new UpstreamError('GET /events: the answer is no list', { retryable: true })
  const { data, list_metadata } = page.data
  refuseDisorder(data)
  const ids = data.map((event) => identified.safeParse(event).data?.id).filter((id) => id !== undefined)
  const more = list_metadata.after != null
  const last = ids.at(-1) ?? list_metadata.after ?? null
  if (more && (last === null || ('after' in from && last === from.after)))
    throw new UpstreamError('GET /events: the page leads nowhere', { retryable: true })
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
