import { settleAccess } from '../accounts/settle-access.ts'
import { DESCRIBED_COLUMNS } from '../attributes/read-attributes.ts'
import { appendChanges, type Appended, type ChangeDraft } from '../changes/append.ts'
import { ringBell } from '../changes/ring-bell.ts'
import type { Tx } from '../db/database.ts'
import { attributeOf, documentOf, type DescribedUser } from '../directory/attributes.ts'

/** How many users are looked at in one transaction, and how many bytes of their attributes, as stored. */
const CHUNK = 500
const MAX_BYTES = 4 * 1024 * 1024

interface Remap {
  readonly id: string
  readonly attribute: string
  readonly former: readonly string[]
  readonly pointers: readonly string[]
  readonly actor: string
  readonly position: number
  readonly cursor: string
  readonly startedAt: Date
}

interface Looked extends DescribedUser {
  readonly id: string
  readonly organizationId: string | null
}

/**
 * Advances the change of an attribute's mapping by one batch of users, in a directory that `tx` has locked: each user
 * whose value differs gets a change. The cursor commits with the changes, so each gets one, even if a process is killed
 * in between. Returns what was appended; null also if nothing is under way.
 */
export async function remapAttributes(tx: Tx, directoryId: string): Promise<Appended | null> {
  const { rows } = await tx.query<Remap>({ name: 'read-remap', text: UNDER_WAY, values: [directoryId] })
  const remap = rows[0]
  if (remap === undefined) return null
  const values = [directoryId, remap.cursor]
  const { rows: users } = await tx.query<Looked>({ name: 'users-to-remap', text: USERS, values })
  const drafts = await draftsOf(tx, directoryId, remap, users)
  await tx.query({
    name: 'advance-remap',
    text: ADVANCE,
    values: [remap.id, users.at(-1)?.id ?? null, drafts.length],
  })
  // Callers that wait for the end listen to the bell, which rings by itself only for changes.
  if (users.length === 0) await ringBell(tx)
  // Role mappings by the attribute follow.
  return appendChanges(tx, [...drafts, ...(await settleAccess(tx, { drafts }))])
}

async function draftsOf(tx: Tx, directoryId: string, remap: Remap, users: readonly Looked[]): Promise<ChangeDraft[]> {
  const { attribute, former, pointers, actor, position, startedAt } = remap
  const changed = users.flatMap((user) => {
    const document = documentOf(user)
    const before = attributeOf(document, former)
    return before === attributeOf(document, pointers) ? [] : [{ ...user, before }]
  })
  const later = await whoCameLater(tx, changed, position)
  return changed
    .filter(({ id }) => !later.has(id))
    .map(({ id, organizationId, before }) => ({
      kind: 'DIRECTORY_USER_UPDATED',
      directoryId,
      organizationId,
      directoryUserId: id,
      directoryGroupId: null,
      changedFields: ['attributes'],
      previous: { attributes: { [attribute]: before } },
      source: 'MUTATION',
      eventId: null,
      actor,
      occurredAt: startedAt,
    }))
}

// Users who appeared, or came back after deletion, since the mapping was changed were never seen with the former value.
async function whoCameLater(tx: Tx, users: readonly { id: string }[], position: number): Promise<Set<string>> {
  if (users.length === 0) return new Set()
  const values = [users.map(({ id }) => id), position]
  const { rows } = await tx.query<{ id: string }>({ name: 'users-since-remap', text: LATER, values })
  return new Set(rows.map(({ id }) => id))
}

const UNDER_WAY = `
  select id, attribute, former, pointers, actor, position, cursor, started_at as "startedAt"
  from attribute_remap where directory_id = $1 and finished_at is null`

// Always includes the first user, however large. No index has the users of a directory by id: together the batches walk
// once along the index of ids or, in a small directory, read its users for each batch. Another index would cost every
// event of every user.
const USERS = `
  select id, "organizationId", "customAttributes", "rawAttributes", "jobTitle", username, email, "idpId"
  from (
    select u.*, sum(u.bytes) over (order by u.id) - u.bytes as before
    from (
      select id, organization_id as "organizationId", ${DESCRIBED_COLUMNS},
             pg_column_size(custom_attributes) + pg_column_size(raw_attributes) as bytes
      from directory_user
      where directory_id = $1 and id > $2 and state in ('ACTIVE', 'INACTIVE')
      order by id limit ${CHUNK}
    ) u
  ) batch
  where before < ${MAX_BYTES}
  order by id`

// User by user: the log since then grows with every batch, and must not be scanned for each.
const LATER = `
  select u.id
  from unnest($1::text[]) as u (id)
  cross join lateral (
    select from change
    where user_id = u.id and position > $2
      and (kind = 'DIRECTORY_USER_CREATED' or (kind = 'DIRECTORY_USER_REACTIVATED' and previous ->> 'state' = 'DELETED'))
    order by position limit 1
  ) later`

const ADVANCE = `
  update attribute_remap
  set cursor = coalesce($2, cursor), changed = changed + $3, finished_at = case when $2::text is null then now() end
  where id = $1`
