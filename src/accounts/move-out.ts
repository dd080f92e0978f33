// An account belongs to one organization. If a directory moves to another organization, its people are that one's, with
// other accounts.
import type { ChangeDraft } from '../changes/append.ts'
import { draftChange, type Why } from '../changes/draft-change.ts'
import type { Tx } from '../db/database.ts'
import { deleteAccounts } from './delete-accounts.ts'
import { findStrays, IS_STRAY, type Stray } from './find-strays.ts'
import { insertAccounts } from './insert-accounts.ts'
import { joinAccounts, type Join } from './join-accounts.ts'
import { DISABLED_FIELDS, keepOutAll } from './keep-out.ts'
import { newAccountId } from './new-account-id.ts'
import { queueRevocationsOfInactive } from './queue-revocations.ts'
import { lockAccounts } from './settle-accounts.ts'

interface Former {
  readonly id: string
  readonly organizationId: string
  /** Created for identities, and the application has no id of its own for it. */
  readonly made: boolean
  /** The identities it had, including those it keeps. */
  readonly identities: readonly string[]
  readonly isEmpty: boolean
}

export interface MovedOut {
  readonly drafts: ChangeDraft[]
  /** The accounts moved to, to be settled like the former ones. */
  readonly whys: ReadonlyMap<string, Why>
}

/**
 * Moves identities that now belong to another organization to accounts there. The target is the account there of the
 * same AuthKit user, if one is known, which also covers a move and back; otherwise whichever a new user would get.
 * Deleted identities move too: they may come back, and the decision to disable them must be known by then. The AuthKit
 * user and the disabled state are carried over; the roles, ids and names that the former organization gave are not (law
 * 8). Former accounts left with no identity are no longer let in (law 6). `tx` must have locked the accounts.
 */
export async function moveOut(tx: Tx, whys: ReadonlyMap<string, Why>): Promise<MovedOut> {
  const strays = await findStrays(tx, [...whys.keys()])
  if (strays.length === 0) return { drafts: [], whys: new Map() }
  const accountIds = [...new Set(strays.map(({ accountId }) => accountId))]
  const { rows: formers } = await tx.query<Former>(FORMERS, [accountIds])
  // First detached, so that none is matched, as a returning user, to the account that it leaves.
  await tx.query(MOVE, [strays.map(({ id }) => id), null, null])
  const targets = new Map<string, Why>()
  const drafts: ChangeDraft[] = []
  for (const group of Map.groupBy(strays, (stray) => `${stray.accountId}\n${stray.organizationId}`).values()) {
    const first = group[0]!
    const why = whys.get(first.accountId)!
    const { id, linkKind, candidates } = await joinThere(tx, first)
    await lockAccounts(tx, [id])
    await tx.query(TAKE_FROM_DELETED, [id, first.accountId])
    await tx.query(TAKE_ALONG, [id, first.accountId])
    await tx.query(MOVE, [group.map((stray) => stray.id), id, linkKind])
    targets.set(id, why)
    const kind = linkKind === 'PROVISIONED' ? 'USER_PROVISIONED' : 'USER_LINKED'
    const detail = candidates.length === 0 ? {} : { detail: { candidates: [...candidates] } }
    const about = { accountId: id, organizationId: first.organizationId, directoryUserId: first.id }
    drafts.push(draftChange(why, { ...about, ...detail, kind }))
  }
  return { drafts: [...drafts, ...(await leaveBehind(tx, formers, whys))], whys: targets }
}

async function joinThere(tx: Tx, stray: Stray): Promise<Join> {
  const { rows } = await tx.query<{ id: string }>(SAME_AUTHKIT_USER, [stray.accountId, stray.organizationId])
  if (rows[0] !== undefined) return { id: rows[0].id, linkKind: 'RETURNING', candidates: [] }
  if (stray.state === 'ACTIVE' || stray.state === 'INACTIVE') {
    const joins = await joinAccounts(tx, [{ ...stray, active: stray.state === 'ACTIVE' }], [])
    return joins.get(stray.id)!
  }
  // An address may have passed to another person since they left.
  const id = newAccountId()
  await insertAccounts(tx, [{ ...stray, id, active: false, provisioned: true }])
  return { id, linkKind: 'PROVISIONED', candidates: [] }
}

async function leaveBehind(tx: Tx, formers: readonly Former[], whys: ReadonlyMap<string, Why>): Promise<ChangeDraft[]> {
  const empty = formers.filter(({ isEmpty }) => isEmpty)
  const gone = empty.filter(({ made }) => made).map(({ id }) => id)
  const left = empty.filter(({ made }) => !made).map(({ id }) => id)
  const ended = new Set(await deleteAccounts(tx, gone, 'Its directory belongs to another organization'))
  await queueRevocationsOfInactive(tx, gone)
  const kept = new Set(await keepOutAll(tx, left, 'directory', 'Its directory belongs to another organization'))
  return formers.flatMap(({ id, organizationId, identities }): ChangeDraft[] => {
    const why = whys.get(id)!
    const about = { accountId: id, organizationId }
    const deletion = draftChange(why, { ...about, kind: 'USER_DELETED' })
    if (ended.has(id)) return [draftChange(why, { ...about, kind: 'USER_DEACTIVATED' }), deletion]
    if (gone.includes(id)) return [deletion]
    const changedFields = ['directoryUsers', ...(kept.has(id) ? DISABLED_FIELDS : [])]
    const previous = { directoryUsers: [...identities] }
    return [draftChange(why, { ...about, kind: 'USER_UPDATED', changedFields, previous })]
  })
}

const FORMERS = `
  select a.id, a.organization_id as "organizationId", a.provisioned and a.external_id is null as made,
         array_agg(u.id order by u.created_at, u.id) as identities, bool_and(${IS_STRAY}) as "isEmpty"
  from account a join directory_user u on u.account_id = a.id
  where a.id = any($1::text[])
  group by a.id order by a.id`

const MOVE = `
  update directory_user set account_id = $2, link_kind = $3::"LinkKind" where id = any($1::text[])`

const SAME_AUTHKIT_USER = `
  select o.id from account a join account o on o.workos_user_id = a.workos_user_id
  where a.id = $1 and o.organization_id = $2 and o.state <> 'DELETED'`

// Ids are unique within an organization, even those on deleted accounts that keep the former owner's tokens refused:
// their sessions were revoked, and stay so.
const TAKE_FROM_DELETED = `
  update account o set workos_user_id = null
  from account n, account a
  where n.id = $1 and a.id = $2 and o.organization_id = n.organization_id and o.workos_user_id = a.workos_user_id
    and o.state = 'DELETED'`

// The reason why an account was disabled stays with the former organization.
const TAKE_ALONG = `
  update account n
  set workos_user_id = coalesce(n.workos_user_id, case when not exists (
        select from account o where o.organization_id = n.organization_id and o.workos_user_id = a.workos_user_id
      ) then a.workos_user_id end),
      disabled_at = case when kept.yes then a.disabled_at else n.disabled_at end,
      disabled_by = case when kept.yes then 'directory' else n.disabled_by end,
      disabled_reason = case when kept.yes then 'Access was denied in the former organization of the directory' else n.disabled_reason end,
      kept_out = n.kept_out and not kept.yes
  from account a
  cross join lateral (
    select a.disabled_at is not null and not a.kept_out and exists (
      select from account o where o.id = $1 and (o.disabled_at is null or o.kept_out)) as yes
  ) kept
  where n.id = $1 and a.id = $2`
