// Most of what directories tell of people is nothing that an account or a role follows from: a new title, a group
// nobody maps.
import type { ChangeDraft } from '../changes/append.ts'
import type { Tx } from '../db/database.ts'
import { together } from '../db/together.ts'
import { holdMappings } from '../roles/mappings-lock.ts'

/** What accounts have of their identities, and roles are told by. */
const OF_ACCOUNTS = new Set(['state', 'email', 'firstName', 'lastName', 'idpRoles'])

type Ask = 'always' | 'where attributes are mapped' | 'where the group is mapped'

/** Whose accounts or roles may be others by what happened. */
export interface Concerned {
  /** The last change that makes it so, by the user's id. */
  readonly users: ReadonlyMap<string, ChangeDraft>
  /** Those of them of whom nothing was told that an account has: only their roles may be others. */
  readonly byRolesOnly: ReadonlySet<string>
}

/**
 * Whose accounts or roles may be others by what happened. `joined` are users who have an account only now; `known` is
 * what readMapped has given for the same changes. Groups whose matches change in the same transaction are the caller's
 * to look at.
 */
export async function concernedUsers(
  tx: Tx,
  drafts: readonly ChangeDraft[],
  joined: ReadonlySet<string>,
  known?: Mapped,
): Promise<Concerned> {
  const asked = drafts.flatMap((draft) => {
    if (draft.userId === null) return []
    return [{ draft, ask: joined.has(draft.userId) ? ('always' as const) : askOf(draft) }]
  })
  const { attributes, groupIds } = known ?? (await holdAndRead(tx, drafts))
  const mapped = new Set(groupIds)
  const answers: Record<Ask, (draft: ChangeDraft) => boolean> = {
    always: () => true,
    'where attributes are mapped': () => attributes,
    'where the group is mapped': ({ groupId }) => mapped.has(groupId!),
  }
  const concerned = asked.filter(({ draft, ask }) => answers[ask](draft))
  const byAccount = new Set(concerned.flatMap(({ draft, ask }) => (ask === 'always' ? [draft.userId!] : [])))
  const users = new Map(concerned.map(({ draft }) => [draft.userId!, draft]))
  return { users, byRolesOnly: new Set(users.keys().filter((id) => !byAccount.has(id))) }
}

function askOf({ kind, changedFields }: ChangeDraft): Ask {
  if (kind === 'MEMBERSHIP_ADDED' || kind === 'MEMBERSHIP_REMOVED') return 'where the group is mapped'
  if (kind !== 'DIRECTORY_USER_UPDATED' || changedFields.some((field) => OF_ACCOUNTS.has(field))) return 'always'
  return 'where attributes are mapped'
}

/** What mappings ask for, of what changed. */
export interface Mapped {
  /** Whether any mapping asks for an attribute. */
  readonly attributes: boolean
  /** Those of the groups that a mapping matches. */
  readonly groupIds: readonly string[]
}

const NOTHING: Mapped = { attributes: false, groupIds: [] }

/**
 * What mappings ask for, of what `drafts` tell; `tx` must hold the mappings. No statement where they tell nothing that
 * it is asked for.
 */
export async function readMapped(tx: Tx, drafts: readonly ChangeDraft[]): Promise<Mapped> {
  const asked = drafts.filter((draft) => draft.userId !== null && askOf(draft) !== 'always')
  if (asked.length === 0) return NOTHING
  const groups = asked.filter((draft) => askOf(draft) === 'where the group is mapped').map(({ groupId }) => groupId!)
  const { rows } = await tx.query<Mapped>({ name: 'what-is-mapped', text: MAPPED, values: [[...new Set(groups)]] })
  return rows[0]!
}

async function holdAndRead(tx: Tx, drafts: readonly ChangeDraft[]): Promise<Mapped> {
  // A mapping that is made at this moment would see neither these changes nor be seen.
  const [, mapped] = await together(holdMappings(tx), readMapped(tx, drafts))
  return mapped
}

const MAPPED = `
  select exists (select from role_mapping where match = 'ATTRIBUTE_EQUALS') as attributes,
         array(select distinct group_id from role_mapping_group where group_id = any($1::text[])) as "groupIds"`
