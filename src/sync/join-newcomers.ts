import { joinAccounts, type Newcomer } from '../accounts/join-accounts.ts'
import type { ChangeDraft } from '../changes/append.ts'
import { draftChange } from '../changes/draft-change.ts'
import type { Tx } from '../db/database.ts'
import { organizationOf, whyOf, type Alive, type Cause, type Mirror, type UserEntry } from './mirror.ts'
import { isIntroduced, isLive, userState } from './states.ts'

/** How a user is or was while alive, and what said so, if anything. */
type Newly = Omit<Alive, 'cause'> & { readonly cause: Cause | null }

/**
 * Gives an account to each user who was alive and introduced in this batch and never before; it is in memory, and is
 * saved with the user. This includes those who are gone again by its end: which events share a batch must not decide
 * who has an account (law 2). Returns what the change log says about it. Call before saveMirror, when everything that
 * the batch knows has been applied.
 */
export async function joinNewcomers(tx: Tx, mirror: Mirror): Promise<ChangeDraft[]> {
  const users = [...mirror.users.values()]
  const entries = users.flatMap((entry) => {
    const alive = entry.account === null ? (entry.alive ?? standing(entry)) : null
    return alive === null ? [] : [{ entry, alive }]
  })
  if (entries.length === 0) return []
  const neighbours = users.flatMap(({ account, directoryId, known }) =>
    account === null ? [] : [{ directoryId, idpId: known.fields.idpId, account, createdAt: known.fields.createdAt }],
  )
  const joins = await joinAccounts(
    tx,
    entries.map(({ entry, alive }) => newcomerOf(mirror, entry, alive)),
    neighbours,
  )
  return entries.flatMap(({ entry, alive }) => {
    const { id, linkKind, candidates } = joins.get(entry.id)!
    entry.account = { id, linkKind }
    entry.changed = true
    if (alive.cause === null) return []
    const kind = linkKind === 'PROVISIONED' ? 'USER_PROVISIONED' : 'USER_LINKED'
    const organizationId = organizationOf(mirror, alive.cause.directoryId)
    const detail = candidates.length === 0 ? {} : { detail: { candidates: [...candidates] } }
    const about = { kind, organizationId, accountId: id, directoryUserId: entry.id, ...detail } as const
    return [draftChange(whyOf(alive.cause), about)]
  })
}

/** For a user who was alive before there were accounts. */
function standing({ known }: UserEntry): Newly | null {
  const state = userState(known)
  const { fields } = known
  return isLive(state) && isIntroduced(known)
    ? { fields, introduced: fields, active: state === 'ACTIVE', cause: null }
    : null
}

function newcomerOf(mirror: Mirror, { id, directoryId }: UserEntry, alive: Newly): Newcomer {
  const { fields, introduced, active } = alive
  const { email, firstName, lastName, createdAt } = fields
  const { idpId, email: foundBy } = introduced
  const organizationId = organizationOf(mirror, directoryId)
  return { id, directoryId, organizationId, idpId, foundBy, email, firstName, lastName, active, createdAt }
}
