import { monotonicFactory } from 'ulid'
import type { CursorSeal } from '../changes/cursor.ts'
import type { ChangeFilter } from '../changes/filter.ts'
import { readChanges } from '../changes/read.ts'
import type { Database, Queryable } from '../db/database.ts'
import { isPassing } from '../db/errors.ts'
import { inTransaction } from '../db/transaction.ts'
import type { ChangeKind } from '../directory/change-kinds.ts'
import { byItself, enqueue, type NewDelivery } from './enqueue.ts'
import { lockEndpoint } from './lock-endpoint.ts'
import { changeMessage, discontinuityMessage } from './message-body.ts'
import { orderingKeyOf } from './ordering-key.ts'
import { readSubjects } from './read-subjects.ts'

/** Changes that become messages in one transaction, at most. */
const PAGE = 200

// Ids of the same millisecond keep the order in which they were created.
const ulid = monotonicFactory()

interface FanOutContext {
  readonly db: Database
  readonly cursors: CursorSeal
  readonly now: () => Date
  /** Called with the reason why an endpoint's messages could not be created. The next round tries again. */
  readonly onError: (error: unknown) => void
}

/** Creates the messages that are due, for every endpoint. Returns whether there were any; ends early once `stopped`. */
export async function fanOut(context: FanOutContext, stopped: () => boolean): Promise<boolean> {
  let made = false
  for (const id of await endpointsBehind(context.db.pool)) {
    try {
      for (let more = true; more && !stopped();) {
        const page = await fanOutPage(context, id)
        made ||= page.count > 0
        more = page.more
      }
    } catch (error) {
      if (isPassing(error)) throw error
      context.onError(error) // the others do not wait for this one
    }
  }
  return made
}

/** The endpoints that need work: see BEHIND. */
async function endpointsBehind(db: Queryable): Promise<string[]> {
  const { rows } = await db.query<{ id: string }>({ name: 'webhook-endpoints-behind', text: BEHIND })
  return rows.map(({ id }) => id)
}

interface Made {
  readonly count: number
  readonly more: boolean
}

interface EndpointRow {
  readonly organizationId: string | null
  readonly kinds: ChangeKind[]
  readonly cursor: number
  readonly gap: boolean
}

/**
 * Messages and the cursor that records them commit together: a process killed before has created none, and no
 * instance creates them twice.
 */
async function fanOutPage({ db, cursors, now }: FanOutContext, id: string): Promise<Made> {
  return inTransaction(db.pool, async (tx) => {
    await lockEndpoint(tx, id, 'EXCLUSIVE')
    const { rows } = await tx.query<EndpointRow>({ name: 'lock-webhook-endpoint', text: ENDPOINT, values: [id] })
    const [endpoint] = rows
    if (endpoint === undefined) return { count: 0, more: false } // disabled or removed meanwhile
    const { organizationId, kinds, cursor, gap } = endpoint
    const filter: ChangeFilter = {
      ...(organizationId !== null && { organizationId }),
      ...(kinds.length > 0 && { kinds }),
    }
    const read = await readChanges(tx, { filter, after: cursor, limit: PAGE })
    const at = now()
    const newId = () => `msg_${ulid(at.getTime())}`
    if (gap || read.purgedThrough > cursor) {
      const to = Math.max(cursor, read.purgedThrough)
      await enqueue(tx, id, [byItself(newId(), discontinuityMessage(to, at, cursors))], at)
      await moveTo(tx, id, to)
      return { count: 1, more: true }
    }
    const { users, groups } = await readSubjects(tx, read.changes, organizationId)
    const deliveries = read.changes.map((change): NewDelivery => {
      const user = users.get(change.directoryUserId ?? '') ?? null
      const message = changeMessage(change, { user, group: groups.get(change.directoryGroupId ?? '') ?? null }, cursors)
      const accountId = change.accountId ?? user?.userId ?? null
      return {
        ...message,
        id: newId(),
        position: change.position,
        orderingKey: orderingKeyOf(change, accountId),
        userId: change.directoryUserId ?? accountId,
        accountId,
      }
    })
    await enqueue(tx, id, deliveries, at)
    const more = read.changes.length === PAGE
    await moveTo(tx, id, more ? read.changes.at(-1)!.position : read.head)
    return { count: deliveries.length, more }
  })
}

async function moveTo(tx: Queryable, id: string, position: number): Promise<void> {
  const text = 'update webhook_endpoint set cursor = $2, gap = false where id = $1'
  await tx.query({ name: 'move-webhook-endpoint', text, values: [id, position] })
}

const ENDPOINT = `
  select organization_id as "organizationId", kinds::text[], cursor, gap from webhook_endpoint
  where id = $1 and enabled for no key update`

// With many endpoints, each change would move the cursors of all, so an endpoint that a change is not for is moved only
// now and then. But it is moved before the changes it passed over can be purged, which would be reported as a gap.
const BEHIND = `
  select e.id from webhook_endpoint e, change_clock clock
  where e.enabled and (
    e.gap
    or e.cursor < clock.purged_through
    or clock.position - e.cursor > 1000
    or exists (
      select from change c where c.position = e.cursor + 1 and c.recorded_at < clock_timestamp() - interval '1 hour'
    )
    or e.organization_id is null and exists (
      select from change c where c.position > e.cursor and (e.kinds = '{}' or c.kind = any(e.kinds))
    )
    or e.organization_id is not null and exists (
      select from change c
      where c.organization_id = e.organization_id and c.position > e.cursor and (e.kinds = '{}' or c.kind = any(e.kinds))
    )
  )
  order by e.id`
