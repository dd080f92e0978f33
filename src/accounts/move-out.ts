// An account is one organization's. Whose directory another organization has now is a person of that one, with another account.
import { ulid } from 'ulid'
import type { ChangeDraft } from '../changes/append.ts'
import type { Tx } from '../db/database.ts'
import { deleteAccounts } from './delete-accounts.ts'
import { insertAccounts } from './insert-accounts.ts'
import { DISABLED_FIELDS, keepOutAll } from './keep-out.ts'
import { queueRevocationsOfInactive } from './queue-revocations.ts'
import { draftOf, type Why } from './settle-accounts.ts'

/** An identity that is of another organization than its account. */
interface Stray {
  readonly id: string
  readonly accountId: string
  readonly organizationId: string
  readonly state: 'UNSEEN' | 'ACTIVE' | 'INACTIVE' | 'DELETED'
  readonly email: string | null
  readonly firstName: string | null
  readonly lastName: string | null
}

interface Former {
  readonly id: string
  readonly organizationId: string
  /** Made for identities, and the application has no id of its own for it. */
  readonly made: boolean
  /** What it had, also those that it keeps. */
  readonly identities: readonly string[]
  readonly isEmpty: boolean
}

export interface MovedOut {
  readonly drafts: ChangeDraft[]
  /** The accounts that were made, to be settled like the former ones. */
  readonly whys: ReadonlyMap<string, Why>
}

/**
 * Takes from accounts the identities that are of another organization now, and makes accounts for them there. Who has nobody
 * left is let in no more (law 6). Which user of AuthKit somebody is, and that they are kept out, goes with the person; what
 * the former organization gave them, and called them, does not (law 8). `tx` must have locked the accounts.
 */
export async function moveOut(tx: Tx, whys: ReadonlyMap<string, Why>): Promise<MovedOut> {
  const { rows: strays } = await tx.query<Stray>({ name: 'find-strays', text: STRAYS, values: [[...whys.keys()]] })
  if (strays.length === 0) return { drafts: [], whys: new Map() }
  const accountIds = [...new Set(strays.map(({ accountId }) => accountId))]
  const { rows: formers } = await tx.query<Former>(FORMERS, [accountIds])
  const made = new Map<string, Why>()
  const drafts: ChangeDraft[] = []
  for (const group of Map.groupBy(strays, (stray) => `${stray.accountId}\n${stray.organizationId}`).values()) {
    const { accountId, organizationId, email, firstName, lastName, state } = group[0]!
    const ids = group.map(({ id }) => id)
    // Who is gone gets an account when they come back.
    const id = state === 'ACTIVE' || state === 'INACTIVE' ? `account_${ulid()}` : null
    if (id !== null) {
      const why = whys.get(accountId)!
      const profile = { id, organizationId, email, firstName, lastName }
      await insertAccounts(tx, [{ ...profile, active: state === 'ACTIVE', provisioned: true }])
      await tx.query(TAKE_ALONG, [id, accountId])
      made.set(id, why)
      drafts.push({ ...draftOf(id, organizationId, why), kind: 'USER_PROVISIONED' })
    }
    await tx.query(MOVE, [ids, id])
  }
  return { drafts: [...drafts, ...(await leaveBehind(tx, formers, whys))], whys: made }
}

async function leaveBehind(tx: Tx, formers: readonly Former[], whys: ReadonlyMap<string, Why>): Promise<ChangeDraft[]> {
  const empty = formers.filter(({ isEmpty }) => isEmpty)
  const gone = empty.filter(({ made }) => made).map(({ id }) => id)
  const left = empty.filter(({ made }) => !made).map(({ id }) => id)
  await deleteAccounts(tx, gone, 'Its directory belongs to another organization')
  await queueRevocationsOfInactive(tx, gone)
  const kept = new Set(await keepOutAll(tx, left, 'directory', 'Its directory belongs to another organization'))
  return formers.map(({ id, organizationId, identities }): ChangeDraft => {
    const about = draftOf(id, organizationId, whys.get(id)!)
    if (gone.includes(id)) return { ...about, kind: 'USER_DELETED' }
    const changedFields = ['directoryUsers', ...(kept.has(id) ? DISABLED_FIELDS : [])]
    return { ...about, kind: 'USER_UPDATED', changedFields, previous: { directoryUsers: [...identities] } }
  })
}

// Whose organization is not known is nobody else's.
const IS_STRAY = `(u.organization_id <> a.organization_id) is true`

// Whoever is there first, oldest first.
const STRAYS = `
  select u.id, a.id as "accountId", u.organization_id as "organizationId", u.state, u.email, u.first_name as "firstName",
         u.last_name as "lastName"
  from account a join directory_user u on u.account_id = a.id
  where a.id = any($1::text[]) and ${IS_STRAY}
  order by a.id, array_position(array['ACTIVE', 'INACTIVE']::"DirectoryUserState"[], u.state), u.created_at, u.id`

const FORMERS = `
  select a.id, a.organization_id as "organizationId", a.provisioned and a.external_id is null as made,
         array_agg(u.id order by u.created_at, u.id) as identities, bool_and(${IS_STRAY}) as "isEmpty"
  from account a join directory_user u on u.account_id = a.id
  where a.id = any($1::text[])
  group by a.id order by a.id`

const MOVE = `
  update directory_user set account_id = $2, link_kind = case when $2::text is not null then 'PROVISIONED'::"LinkKind" end
  where id = any($1::text[])`

// Why somebody was kept out is the former organization's affair.
const TAKE_ALONG = `
  update account n
  set workos_user_id = case when exists (
        select from account o where o.organization_id = n.organization_id and o.workos_user_id = a.workos_user_id
      ) then null else a.workos_user_id end,
      disabled_at = h.disabled_at,
      disabled_by = case when h.disabled_at is not null then 'directory' end,
      disabled_reason = case when h.disabled_at is not null then 'Was kept out where the directory belonged before' end
  from account a left join account h on h.id = a.id and not h.kept_out
  where n.id = $1 and a.id = $2`
