import { joinAccounts, type Newcomer } from '../accounts/join-accounts.ts'
import { draftOf } from '../accounts/settle-accounts.ts'
import type { ChangeDraft } from '../changes/append.ts'
import type { Tx } from '../db/database.ts'
import { directoryOf, draft, type Alive, type Cause, type Mirror, type UserEntry } from './mirror.ts'
import { isIntroduced, isLive, userState } from './states.ts'

/** How somebody is or was who lives, and why, where anything says so. */
type Newly = Omit<Alive, 'cause'> & { readonly cause: Cause | null }

/**
 * Gives each user whom the batch had alive and introduced, and nobody before it, an account, in memory: it is saved
 * with the user. Also who is gone again by its end: which events share a batch must not decide who has an account (law
 * 2). Gives what the change log says of that. Call before saveMirror, when everything that the batch knows has been
 * taken in.
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
    const cause = { ...draft(mirror, alive.cause), userId: entry.id }
    const about = {
      ...draftOf(id, cause.organizationId, cause),
      kind: linkKind === 'PROVISIONED' ? 'USER_PROVISIONED' : 'USER_LINKED',
    } as const
    return candidates.length === 0 ? [about] : [{ ...about, detail: { candidates: [...candidates] } }]
  })
}

/** Who was alive before there were accounts. */
function standing({ known }: UserEntry): Newly | null {
  const state = userState(known)
  return isLive(state) && isIntroduced(known) ? { fields: known.fields, active: state === 'ACTIVE', cause: null } : null
}

function newcomerOf(mirror: Mirror, { id, directoryId }: UserEntry, { fields, active }: Newly): Newcomer {
  const { idpId, email, firstName, lastName, createdAt } = fields
  const { organizationId } = directoryOf(mirror, directoryId).known.fields
  return { id, directoryId, organizationId, idpId, email, firstName, lastName, active, createdAt }
}
