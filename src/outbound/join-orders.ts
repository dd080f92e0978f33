import type { Tx } from '../db/database.ts'

/** A message, as far as its place among others goes. */
export interface Ordered {
  readonly orderingKey: string
  /** A user of a directory, or else an account. */
  readonly userId: string | null
  readonly accountId: string | null
}

/**
 * Says under which ordering key messages are to wait, given those that they have: whatever waits of a user, and
 * whatever waits of an account, waits under one key. Who belongs to another account by now has messages under that of
 * the former one, so both keys become one, and what waits under either moves there. Call it with the endpoint locked
 * ALONE.
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

// Of each the first that is found, since those of one are together already.
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
