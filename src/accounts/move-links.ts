// Carries out what plan-links.ts has planned.
import { appendSelected } from '../changes/append-selected.ts'
import { appendChanges } from '../changes/append.ts'
import type { ByHand } from '../changes/by-hand.ts'
import type { Tx } from '../db/database.ts'
import { onlyRow } from '../db/only-row.ts'
import { lockMappingsShared, lockRoleAdministrationShared } from '../roles/mappings-lock.ts'
import { deleteAccounts } from './delete-accounts.ts'
import { queueAccounts } from './due.ts'
import { findDestinations } from './find-strays.ts'
import { insertAccounts, type NewAccount } from './insert-accounts.ts'
import type { LinkKind } from './join-accounts.ts'
import { keepOut } from './keep-out.ts'
import { queueRevocationsOfInactive } from './queue-revocations.ts'
import { settle } from './settle-access.ts'

/** Accounts settled in the transaction that moves their identities, at most. */
const MAX_SETTLED = 5_000
const CHUNK = 10_000

/**
 * Moves identities to their target accounts, for all rows without a problem. `tx` must have locked the directories,
 * then the organizations. Returns how many accounts are still to be settled: none, unless they are too many for one
 * transaction.
 */
export async function moveLinks(
  tx: Tx,
  linkKind: Extract<LinkKind, 'EXPLICIT' | 'EMAIL'>,
  why: ByHand,
): Promise<number> {
  const touched = await readTouched(tx)
  if (touched === null) await lockRoleAdministrationShared(tx)
  else await lockMappingsShared(tx)
  // Before the accounts are locked: settling due accounts takes these rows first, then waits for the accounts.
  const settling = touched === null ? await queueAccounts(tx, `select id from (${TOUCHED}) touched`, [], why) : 0
  const ids = (touched ?? []).map(({ id }) => id)
  await tx.query(LOCK, [await findDestinations(tx, ids)])
  await makeAccounts(tx)
  await inChunks(tx, NAME)
  await inChunks(tx, MOVE, linkKind)
  const handedOn = await leave(tx, why)
  const whys = (touched ?? []).map(({ id, ...of }) => [id, { ...why, ...of }] as const)
  const drafts = await settle(tx, new Map(whys))
  await queueRevocationsOfInactive(tx, handedOn)
  await appendSelected(tx, CHANGES, [why.actor, why.occurredAt])
  await appendChanges(tx, drafts)
  return settling
}

// These write to a dozen indexes per row: all at once would exceed the statement timeout.
async function inChunks(tx: Tx, text: string, ...values: string[]): Promise<void> {
  const lines = await tx.query<{ last: number }>('select coalesce(max(line), 0) as last from link_row')
  const { last } = onlyRow(lines)
  for (let line = 0; line < last; line += CHUNK) await tx.query(text, [line, line + CHUNK, ...values])
}

async function makeAccounts(tx: Tx): Promise<void> {
  for (let after = 0; ;) {
    const { rows } = await tx.query<NewAccount & { line: number }>(MADE, [after])
    const last = rows.at(-1)
    if (last === undefined) return
    await insertAccounts(tx, rows)
    after = last.line
  }
}

// Returns the accounts that are now known to be AuthKit users.
async function leave(tx: Tx, { actor }: ByHand): Promise<string[]> {
  let handedOn: string[] = []
  const { rows } = await tx.query<{ id: string; gone: boolean }>(
    'select present_id as id, gone from link_row where problem is null and lost is not null order by line',
  )
  const gone = rows.filter((row) => row.gone).map(({ id }) => id)
  if (rows.length > 0) {
    const { rows: known } = await tx.query<HandedOn>(TAKE_AUTHKIT_USERS)
    handedOn = known.map(({ id }) => id)
    const values = [handedOn, known.map(({ workosUserId }) => workosUserId)]
    await tx.query(GIVE_AUTHKIT_USERS, [...values, known.map(({ revokedAt }) => revokedAt)])
    await tx.query(NOTE_AUTHKIT_USERS, [known.map(({ former }) => former), values[1]])
    await tx.query(HAND_ON_DISABLED)
  }
  if (gone.length > 0) {
    await tx.query(HAND_ON_GRANTS)
    const ended = await deleteAccounts(tx, gone, 'Its identities belong to another account')
    await tx.query('update link_row set ended = true where gone and present_id = any($1::text[])', [ended])
  }
  const left = rows.filter((row) => !row.gone).map(({ id }) => id)
  const kept = await keepOut(tx, left, actor, 'Its identities were linked to another account')
  if (kept.length > 0)
    await tx.query('update link_row set kept_out = true where lost is not null and present_id = any($1::text[])', [
      kept,
    ])
  return handedOn
}

interface HandedOn {
  readonly id: string
  readonly former: string
  readonly workosUserId: string
  readonly revokedAt: Date | null
}

interface Touched {
  readonly id: string
  readonly directoryId: string
  readonly directoryUserId: string
}

/** Null if they are too many. */
async function readTouched(tx: Tx): Promise<Touched[] | null> {
  const { rows } = await tx.query<Touched>(`${TOUCHED} limit ${MAX_SETTLED + 1}`)
  return rows.length > MAX_SETTLED ? null : rows
}

const FINE = `problem is null and outcome <> 'UNCHANGED'`
const MOVED = `problem is null and present_id is distinct from target_id`

const LOCK = `
  select from account
  where id in (select present_id from link_row where ${FINE} union select target_id from link_row where ${FINE}
               union select unnest($1::text[]))
  order by id for no key update`

const MADE = `
  select r.line, r.target_id as id, r.organization_id as "organizationId", r.external_id as "externalId", u.email,
         u.first_name as "firstName", u.last_name as "lastName", true as provisioned,
         exists (select from link_row o join directory_user i on i.id = o.identity_id
                 where o.target_id = r.target_id and i.state = 'ACTIVE') as active
  from link_row r join directory_user u on u.id = r.identity_id
  where r.problem is null and r.outcome = 'CREATED' and r.line > $1 order by r.line limit ${CHUNK}`

const NAME = `
  update account a set external_id = r.external_id, updated_at = clock_timestamp()
  from link_row r
  where r.line > $1 and r.line <= $2 and r.problem is null and r.outcome = 'NAMED' and a.id = r.target_id`

const MOVE = `
  update directory_user u set account_id = r.target_id, link_kind = $3::"LinkKind"
  from link_row r
  where r.line > $1 and r.line <= $2 and r.problem is null and u.id = r.identity_id
    and u.account_id is distinct from r.target_id`

const GONE = `link_row r join account a on a.id = r.present_id`
const IS_GONE = `r.problem is null and r.gone`

// Hidden until the account that receives them is settled.
const HAND_ON_GRANTS = `
  insert into role_grant (account_id, role_id, kind, organization_id, actor, visible, granted_at)
  select r.target_id, g.role_id, 'DIRECT', g.organization_id, g.actor, false, g.granted_at
  from link_row r join role_grant g on g.account_id = r.present_id and g.kind = 'DIRECT'
  where ${IS_GONE}
  on conflict do nothing`

// A person stays the same AuthKit user whichever account is theirs: otherwise the account that they left would let them
// in after they leave. Not if the next account is a different AuthKit user.
const TAKE_AUTHKIT_USERS = `
  with known as (
    select distinct on (r.target_id) a.id as former, r.target_id, a.workos_user_id, a.sessions_revoked_at
    from ${GONE} join account t on t.id = r.target_id
    where r.problem is null and r.lost is not null and a.workos_user_id is not null
      and a.organization_id is not distinct from t.organization_id
      and (r.gone or t.workos_user_id is null and not exists (select from directory_user u where u.account_id = a.id))
    order by r.target_id, r.gone desc, r.line
  )
  update account a set workos_user_id = null from known k where a.id = k.former
  returning k.target_id as id, k.former, k.workos_user_id as "workosUserId", k.sessions_revoked_at as "revokedAt"`

const GIVE_AUTHKIT_USERS = `
  update account a
  set workos_user_id = k.workos_user_id, sessions_revoked_at = greatest(a.sessions_revoked_at, k.revoked_at)
  from unnest($1::text[], $2::text[], $3::timestamptz[]) as k (id, workos_user_id, revoked_at) where a.id = k.id`

const NOTE_AUTHKIT_USERS = `
  update link_row r set authkit_user = k.workos_user_id
  from unnest($1::text[], $2::text[]) as k (id, workos_user_id) where r.lost is not null and r.present_id = k.id`

// A link does not let in a user whom a caller has disabled.
const HAND_ON_DISABLED = `
  with disabled as (
    select distinct on (r.target_id) r.target_id, a.disabled_at, a.disabled_by, a.disabled_reason
    from ${GONE} where ${MOVED} and a.disabled_at is not null and not a.kept_out order by r.target_id, a.disabled_at
  )
  update account a set disabled_at = d.disabled_at, disabled_by = d.disabled_by, disabled_reason = d.disabled_reason,
    kept_out = false
  from disabled d where a.id = d.target_id and (a.disabled_at is null or a.kept_out)`

const TOUCHED = `
  select distinct on (id) id, "directoryId", "directoryUserId" from (
    select target_id as id, directory_id as "directoryId", identity_id as "directoryUserId", line from link_row where ${FINE}
    union all
    select present_id, directory_id, identity_id, line from link_row where ${MOVED} and present_id is not null
  ) t order by id, line`

const CHANGES = `
  select c.kind::"ChangeKind" as kind, r.directory_id, r.organization_id, r.identity_id as user_id, c.account_id,
         c.changed_fields, c.previous, null::jsonb as detail, 'MUTATION'::"ChangeSource" as source, $1::text as actor,
         $2::timestamptz as occurred_at
  from link_row r
  cross join lateral (
    select 1 as n, 'USER_PROVISIONED' as kind, r.target_id as account_id, '{}'::text[] as changed_fields, null::jsonb as previous
    where r.outcome = 'CREATED'
    union all
    select 2, 'USER_UPDATED', r.target_id, '{externalId}', '{"externalId": null}' where r.outcome = 'NAMED'
    union all
    select 3, 'USER_LINKED', r.target_id, '{}', null where ${MOVED}
    union all
    select 4, 'USER_DEACTIVATED', r.present_id, '{}', null where r.ended
    union all
    select 5, 'USER_DELETED', r.present_id, '{}', null where r.gone
    union all
    select 6, 'USER_UPDATED', r.present_id,
           '{directoryUsers}'::text[]
             || case when r.authkit_user is not null then '{workosUserId}'::text[] else '{}' end
             || case when r.kept_out then '{disabledAt,disabledBy,disabledReason}'::text[] else '{}' end,
           jsonb_build_object('directoryUsers', r.lost)
             || case when r.authkit_user is not null then jsonb_build_object('workosUserId', r.authkit_user) else '{}' end
    where r.lost is not null and not r.gone
    union all
    select 7, 'USER_UPDATED', r.target_id, '{workosUserId}', '{"workosUserId": null}' where r.authkit_user is not null
  ) c
  where r.problem is null
  order by r.line, c.n`
