// Most directory changes affect neither an account nor a role: a new title, a group that no mapping uses.
import type { ChangeDraft } from '../changes/append.ts'
import type { Tx } from '../db/database.ts'
import { onlyRow } from '../db/only-row.ts'
import { together } from '../db/together.ts'
import { lockMappingsShared } from '../roles/mappings-lock.ts'

/** The identity fields that accounts copy and roles depend on. */
const OF_ACCOUNTS = new Set(['state', 'email', 'firstName', 'lastName', 'idpRoles'])

type Ask = 'always' | 'where attributes are mapped' | 'where the group is mapped'

/** Users whose account or roles may change as a result. */
export interface Concerned {
  /** By user id, the last change that makes it so. */
  readonly users: ReadonlyMap<string, ChangeDraft>
  /** Those for whom no field that an account copies changed: only their roles may change. */
  readonly byRolesOnly: ReadonlySet<string>
}

/**
 * Finds the users whose account or roles may change. `joined` are users who have only just got an account; `known` is
 * what readMapped returned for the same changes. Groups whose matches change in the same transaction are left to the
 * caller.
 */
export async function concernedUsers(
  tx: Tx,
  drafts: readonly ChangeDraft[],
  joined: ReadonlySet<string>,
  known?: Mapped,
): Promise<Concerned> {
  const asked = drafts.flatMap((draft) => {
    if (draft.directoryUserId === null) return []
    const userId = draft.directoryUserId
    return [{ draft, userId, ask: joined.has(userId) ? ('always' as const) : askOf(draft) }]
  })
  const { attributes, groupIds } = known ?? (await holdAndRead(tx, drafts))
  const mapped = new Set<string | null>(groupIds)
  const answers: Record<Ask, (draft: ChangeDraft) => boolean> = {
    always: () => true,
    'where attributes are mapped': () => attributes,
    'where the group is mapped': ({ directoryGroupId }) => mapped.has(directoryGroupId),
  }
  const concerned = asked.filter(({ draft, ask }) => answers[ask](draft))
  const byAccount = new Set(concerned.flatMap(({ userId, ask }) => (ask === 'always' ? [userId] : [])))
  const users = new Map(concerned.map(({ userId, draft }) => [userId, draft]))
  return { users, byRolesOnly: new Set(users.keys().filter((id) => !byAccount.has(id))) }
}

function askOf({ kind, changedFields }: ChangeDraft): Ask {
  if (kind === 'MEMBERSHIP_ADDED' || kind === 'MEMBERSHIP_REMOVED') return 'where the group is mapped'
  if (kind !== 'DIRECTORY_USER_UPDATED' || changedFields.some((field) => OF_ACCOUNTS.has(field))) return 'always'
  return 'where attributes are mapped'
}

/** The part of what changed that mappings use. */
export interface Mapped {
  /** Whether any mapping matches on an attribute. */
  readonly attributes: boolean
  /** The groups that a mapping matches. */
  readonly groupIds: readonly string[]
}

const NOTHING: Mapped = { attributes: false, groupIds: [] }

/**
 * Returns what mappings use of what `drafts` changed; `tx` must hold the mappings. Runs no statement if nothing depends
 * on it.
 */
export async function readMapped(tx: Tx, drafts: readonly ChangeDraft[]): Promise<Mapped> {
  const asked = drafts.filter((draft) => draft.directoryUserId !== null && askOf(draft) !== 'always')
  if (asked.length === 0) return NOTHING
  const groups = asked
    .filter((draft) => askOf(draft) === 'where the group is mapped')
    .map(({ directoryGroupId }) => directoryGroupId!)
  const found = await tx.query<Mapped>({ name: 'what-is-mapped', text: MAPPED, values: [[...new Set(groups)]] })
  return onlyRow(found)
}

async function holdAndRead(tx: Tx, drafts: readonly ChangeDraft[]): Promise<Mapped> {
  // Otherwise a mapping created at this moment would neither see these changes nor be seen.
  const [, mapped] = await together(lockMappingsShared(tx), readMapped(tx, drafts))
  return mapped
}

const MAPPED = `
  select exists (select from role_mapping where match = 'ATTRIBUTE_EQUALS') as attributes,
         array(select distinct group_id from role_mapping_group where group_id = any($1::text[])) as "groupIds"`
