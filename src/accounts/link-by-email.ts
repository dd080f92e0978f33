import { byHand } from '../changes/by-hand.ts'
import type { Tx } from '../db/database.ts'
import { lockDirectories } from '../db/lock-directories.ts'
import type { Administrator } from '../operations/administrator.ts'
import type { EmailConflict, EmailLinks, EmailPair } from '../operations/account-operations.ts'
import { requireOrganization } from '../roles/require-organization.ts'
import { addLinkRows, openLinkRows } from './link-rows.ts'
import { lockOrganizations } from './lock-organizations.ts'
import { moveLinks } from './move-links.ts'
import { planLinks } from './plan-links.ts'
import { sameAddress } from '../text/same-address.ts'

const MAX_REPORTED = 1_000

interface Match {
  /** The account that was created for the identity. */
  readonly madeId: string
  /** All its identities: they belong to one person. */
  readonly identityIds: readonly string[]
  readonly theirs: string
  /** The account that the application had before. */
  readonly accountId: string
  readonly known: string
}

/**
 * Moves identities whose account was created for them to the accounts that the application had before, by verified
 * address. If several share an address, none is guessed: they are reported and left alone. Throws Refusal.
 */
export async function linkByEmail(
  tx: Tx,
  { organizationId, dryRun }: { readonly organizationId: string; readonly dryRun: boolean },
  by: Administrator,
  now: Date,
): Promise<EmailLinks> {
  await requireOrganization(tx, organizationId, by.organizationId)
  if (!dryRun) {
    const { rows } = await tx.query<{ id: string }>('select id from directory where organization_id = $1', [
      organizationId,
    ])
    await lockDirectories(
      tx,
      rows.map(({ id }) => id),
    )
    await lockOrganizations(tx, [organizationId])
  }
  const { rows } = await tx.query<Match>(MATCHES, [organizationId])
  const found = sort(rows.filter(({ theirs, known }) => sameAddress(theirs) === sameAddress(known)))
  const refused = await plan(tx, found.pairs, by)
  const settling = dryRun ? 0 : await moveLinks(tx, 'EMAIL', byHand(by, now))
  const pairs = found.pairs.filter(({ userId }) => !refused.has(userId))
  const torn = found.pairs.filter(({ userId }) => refused.has(userId))
  const conflicts = [...found.conflicts, ...torn.map(({ userId, ...rest }) => ({ ...rest, userIds: [userId] }))]
  return {
    dryRun,
    pairCount: pairs.length,
    pairs: pairs.slice(0, MAX_REPORTED),
    conflictCount: conflicts.length,
    conflicts: conflicts.slice(0, MAX_REPORTED),
    settling,
  }
}

// Returns the accounts that cannot take what they match, for example because they are another AuthKit user.
async function plan(tx: Tx, pairs: readonly EmailPair[], by: Administrator): Promise<Set<string>> {
  const links = pairs.flatMap(({ directoryUserIds, userId }) =>
    directoryUserIds.map((identityId) => ({ identityId, targetId: userId })),
  )
  await openLinkRows(tx)
  await addLinkRows(
    tx,
    links.map((link, index) => ({ ...link, line: index + 1 })),
  )
  await planLinks(tx, by)
  const { rows } = await tx.query<{ id: string }>(
    'select distinct target_id as id from link_row where problem is not null',
  )
  return new Set(rows.map(({ id }) => id))
}

/**
 * Groups accounts that belong together: each created one with each known one that shares an address with it, and so on.
 */
function sort(matches: readonly Match[]): { pairs: EmailPair[]; conflicts: EmailConflict[] } {
  const pairs: EmailPair[] = []
  const conflicts: EmailConflict[] = []
  const byMade = Map.groupBy(matches, ({ madeId }) => madeId)
  const byKnown = Map.groupBy(matches, ({ accountId }) => accountId)
  const seen = new Set<string>()
  for (const { madeId: first } of matches) {
    if (seen.has(first)) continue
    const group = reach(first, byMade, byKnown)
    for (const { madeId } of group) seen.add(madeId)
    const made = new Set(group.map(({ madeId }) => madeId))
    const userIds = [...new Set(group.map(({ accountId }) => accountId))].sort()
    const directoryUserIds = [...new Set(group.flatMap(({ identityIds }) => identityIds))].sort()
    if (made.size === 1 && userIds.length === 1) pairs.push({ directoryUserIds, userId: userIds[0]! })
    else conflicts.push({ directoryUserIds, userIds })
  }
  return { pairs, conflicts }
}

function reach(
  first: string,
  byMade: ReadonlyMap<string, readonly Match[]>,
  byKnown: ReadonlyMap<string, readonly Match[]>,
): Match[] {
  const found = new Set<Match>()
  const waiting = [...byMade.get(first)!]
  for (let match = waiting.pop(); match !== undefined; match = waiting.pop()) {
    if (found.has(match)) continue
    found.add(match)
    waiting.push(...byMade.get(match.madeId)!, ...byKnown.get(match.accountId)!)
  }
  return [...found]
}

// By the folded address, which has an index; the caller leaves out matches that only folding made equal.
const MATCHES = `
  select m.id as "madeId", u.email as theirs, a.id as "accountId", a.email as known,
         array(select i.id from directory_user i where i.account_id = m.id order by i.created_at, i.id) as "identityIds"
  from account m
  join directory_user u on u.account_id = m.id and u.state in ('ACTIVE', 'INACTIVE')
  join account a on a.organization_id = m.organization_id and a.sort_email = u.sort_email
  where m.organization_id = $1 and m.provisioned and m.external_id is null and m.state <> 'DELETED'
    and u.sort_email <> '' and a.email_verified and a.state <> 'DELETED' and a.id <> m.id
    and not exists (select from directory_user o where o.account_id = a.id)
  order by u.created_at, u.id, a.id`
