import type { Tx } from '../db/database.ts'

/** The part of a message that determines its order. */
export interface Ordered {
  readonly orderingKey: string
  /** A directory user, or else an account. */
  readonly userId: string | null
  readonly accountId: string | null
}

/**
 * Returns the ordering key that messages are to wait under, given their own: everything waiting about a user, and
 * everything waiting about an account, waits under one key. A user who has moved to another account has messages under
 * the former one's key; the two keys then become one, and what waits under either moves there. The endpoint must be
 * locked EXCLUSIVE.
 */
export async function joinOrders(
  tx: Tx,
  endpointId: string,
  messages: readonly Ordered[],
): Promise<(key: string) => string> {
  const about = [...new Set(messages.flatMap(subjectsOf))]
  if (about.length === 0) return (key) => key
  const values = [endpointId, about]
  const { rows: waiting } = await tx.query<Ordered>({ name: 'waiting-orders', text: WAITING, values })
  const joined = new Map<string, string>()
  const keyOf = (one: string): string => {
    let key = one
    for (let next = joined.get(key); next !== undefined; next = joined.get(key)) key = next
    return key
  }
  const all = [...waiting, ...messages]
  for (const message of all) {
    const into = keyOf(message.orderingKey)
    for (const from of subjectsOf(message).map(keyOf)) if (from !== into) joined.set(from, into)
  }
  const left = [...new Set(all.map(({ orderingKey }) => orderingKey))].filter((key) => keyOf(key) !== key)
  if (left.length > 0) await tx.query({ name: 'join-orders', text: JOIN, values: [endpointId, left, left.map(keyOf)] })
  return keyOf
}

const subjectsOf = ({ userId, accountId }: Ordered): string[] => [userId, accountId].filter((id) => id !== null)

// The first found is enough: all messages about one subject already share a key.
const WAITING = `
  select d.* from unnest($2::text[]) as s (id)
  cross join lateral (
    (select ordering_key as "orderingKey", s.id as "userId", null as "accountId" from webhook_delivery
     where endpoint_id = $1 and status = 'PENDING' and user_id = s.id limit 1)
    union all
    (select ordering_key, null, s.id from webhook_delivery
     where endpoint_id = $1 and status = 'PENDING' and account_id = s.id limit 1)
  ) d`

// What was due, or is being sent, remains so: it is about others than what it joins.
const JOIN = `
  update webhook_delivery d set ordering_key = j.joined
  from unnest($2::text[], $3::text[]) as j (key, joined)
  where d.endpoint_id = $1 and d.status = 'PENDING' and d.ordering_key = j.key`
