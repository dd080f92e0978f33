import { appendChanges } from '../changes/append.ts'
import { byHand } from '../changes/by-hand.ts'
import { draftChange } from '../changes/draft-change.ts'
import type { Tx } from '../db/database.ts'
import { ensureOrganization } from '../db/ensure-organization.ts'
import { foldedNames } from '../directory/folded-names.ts'
import type { JsonObject } from '../directory/objects.ts'
import type { RegisteredUser, Upserted } from '../operations/account-operations.ts'
import type { Administrator } from '../operations/administrator.ts'
import { invalid } from '../operations/refusal.ts'
import { lockMappingsShared } from '../roles/mappings-lock.ts'
import { freeAuthkitUsers } from './free-authkit-users.ts'
import { insertAccounts } from './insert-accounts.ts'
import { lockOrganizations } from './lock-organizations.ts'
import { newAccountId } from './new-account-id.ts'
import { queueRevocationsOfInactive } from './queue-revocations.ts'
import { settle } from './settle-access.ts'

/** What the application says of an account. */
interface Registration {
  readonly email: string | null
  readonly emailVerified: boolean
  readonly firstName: string | null
  readonly lastName: string | null
  readonly workosUserId: string | null
}

interface Known extends Registration {
  readonly id: string
  readonly externalId: string
  readonly provisioned: boolean
}

interface Wanted {
  readonly id: string
  readonly externalId: string
  /** Null if it is new. */
  readonly before: Known | null
  readonly after: Registration
}

/**
 * Creates accounts that the application has, by its own ids, or updates what it says of them. An account created for an
 * identity keeps the names and the address of the directory. Throws Refusal.
 */
export async function upsertAccounts(
  tx: Tx,
  { organizationId, users }: { readonly organizationId: string; readonly users: readonly RegisteredUser[] },
  by: Administrator,
  now: Date,
): Promise<Upserted> {
  await lockOrganizations(tx, [organizationId])
  await lockMappingsShared(tx)
  await ensureOrganization(tx, organizationId)
  const known = new Map((await lockKnown(tx, organizationId, users)).map((row) => [row.externalId, row]))
  const wanted = users.map((user) => wantedOf(user, known.get(user.externalId) ?? null))
  const place = await freeAuthkitUsers(
    tx,
    organizationId,
    wanted.map(({ id, after }) => ({ accountId: id, workosUserId: after.workosUserId })),
  )
  if (place !== null) {
    const path = ['users', String(place), 'workosUserId']
    throw invalid({ path, message: 'belongs to another account of the organization' })
  }
  const created = wanted.filter(({ before }) => before === null)
  const updated = wanted.flatMap(({ before, ...one }) =>
    before !== null && differing(before, one.after).length > 0 ? [{ ...one, before }] : [],
  )
  await insertAccounts(
    tx,
    created.map((one) => ({ ...one, ...one.after, organizationId, active: true, provisioned: false })),
  )
  await save(tx, updated)

  const why = byHand(by, now)
  const drafts = [...created, ...updated].map(({ id, before, after }) => {
    const about = { accountId: id, organizationId }
    if (before === null) return draftChange(why, { ...about, kind: 'USER_PROVISIONED' })
    const changedFields = differing(before, after)
    const previous: JsonObject = Object.fromEntries(changedFields.map((field) => [field, before[field]]))
    return draftChange(why, { ...about, kind: 'USER_UPDATED', changedFields, previous })
  })
  const settled = await settle(tx, new Map(updated.map(({ id }) => [id, why])))
  await queueRevocationsOfInactive(
    tx,
    updated.filter(({ before, after }) => before.workosUserId !== after.workosUserId).map(({ id }) => id),
  )
  await appendChanges(tx, [...drafts, ...settled])
  return {
    created: created.length,
    updated: updated.length,
    unchanged: users.length - created.length - updated.length,
    ids: wanted.map(({ id }) => id),
  }
}

async function lockKnown(tx: Tx, organizationId: string, users: readonly RegisteredUser[]): Promise<Known[]> {
  const { rows } = await tx.query<Known>({
    name: 'lock-known-accounts',
    text: `
      select id, external_id as "externalId", provisioned, email, email_verified as "emailVerified",
             first_name as "firstName", last_name as "lastName", workos_user_id as "workosUserId"
      from account where organization_id = $1 and external_id = any($2::text[])
      order by id for no key update`,
    values: [organizationId, users.map(({ externalId }) => externalId)],
  })
  return rows
}

const NOTHING: Registration = { email: null, emailVerified: false, firstName: null, lastName: null, workosUserId: null }

function wantedOf(user: RegisteredUser, before: Known | null): Wanted {
  const { externalId } = user
  const { email, emailVerified, firstName, lastName, workosUserId } = before ?? NOTHING
  const given = {
    email: user.email === undefined ? email : user.email,
    firstName: user.firstName === undefined ? firstName : user.firstName,
    lastName: user.lastName === undefined ? lastName : user.lastName,
  }
  const followed = before?.provisioned === true ? { email, firstName, lastName } : given
  // emailVerified does not carry over to a new address.
  const vouched = followed.email === email && emailVerified
  return {
    id: before?.id ?? newAccountId(),
    externalId,
    before,
    after: {
      ...followed,
      emailVerified: followed.email !== null && (user.emailVerified ?? vouched),
      workosUserId: user.workosUserId === undefined ? workosUserId : user.workosUserId,
    },
  }
}

const FIELDS = ['email', 'emailVerified', 'firstName', 'lastName', 'workosUserId'] as const

function differing(before: Registration, after: Registration): (typeof FIELDS)[number][] {
  return FIELDS.filter((field) => before[field] !== after[field])
}

async function save(tx: Tx, updated: readonly Wanted[]): Promise<void> {
  if (updated.length === 0) return
  const rows = updated.map(({ id, after }) => ({
    id,
    email: after.email,
    email_verified: after.emailVerified,
    first_name: after.firstName,
    last_name: after.lastName,
    workos_user_id: after.workosUserId,
    ...foldedNames(after),
  }))
  await tx.query({
    name: 'save-registered-accounts',
    text: `
      update account a
      set email = r.email, email_verified = r.email_verified, first_name = r.first_name, last_name = r.last_name,
          workos_user_id = r.workos_user_id, sort_name = r.sort_name, sort_email = r.sort_email,
          search_text = r.search_text, updated_at = clock_timestamp()
      from json_populate_recordset(null::account, $1) r
      where a.id = r.id`,
    values: [JSON.stringify(rows)],
  })
}
