import type DataLoader from 'dataloader'
import type { Viewer } from '../../auth/viewer.ts'
import type { Database } from '../../db/database.ts'
import type { Role, RoleMapping, RoleMappingPlan } from '../../generated/prisma/client.ts'
import { readAssignmentsAsOf, type Past } from './assignments-as-of.ts'
import { byId, loadedOr, shared } from './batch.ts'
import { readGrants, type Assignment } from './read-grants.ts'
import { readHeldRoles } from './read-held-roles.ts'

/** Batched lookups about roles. All but `assignments` are restricted to what the viewer may see (law 8). */
export interface RoleLoaders {
  readonly mapping: DataLoader<string, RoleMapping | null>
  /** The ids of the first groups that a mapping matches and the viewer may see, in id order. */
  readonly matchedGroups: DataLoader<string, readonly string[]>
  readonly matchedGroupCounts: DataLoader<string, number>
  readonly plan: DataLoader<string, RoleMappingPlan | null>
  /** The roles that an account has, by slug. */
  readonly held: DataLoader<string, readonly Role[]>
  /**
   * The same, with the reasons that count, of an account that the viewer was shown: only roles of its own organization
   * and shared ones count.
   */
  readonly assignments: DataLoader<string, readonly Assignment[]>
  /** The roles that an account had at a past moment. */
  assignmentsAsOf(past: Past): DataLoader<string, readonly Assignment[]>
}

/** At most this many groups are shown per mapping. */
export const MAX_GROUPS = 100

export function createRoleLoaders({ prisma, pool, quick }: Database, { organizationId }: Viewer): RoleLoaders {
  const own = organizationId === null ? {} : { organizationId }
  // A directory without an organization is hidden from organization-bound viewers, and so are its mappings.
  const seenMappings =
    organizationId === null ? {} : { OR: [{ organizationId }, { organizationId: null, directoryId: null }] }
  const pasts = new Map<string, DataLoader<string, readonly Assignment[]>>()
  return {
    mapping: byId((ids) => prisma.roleMapping.findMany({ where: { id: { in: ids }, ...seenMappings } })),
    matchedGroups: loadedOr(none, async (ids) => {
      const { rows } = await pool.query<{ id: string; groups: string[] }>(GROUPS, [ids, organizationId])
      return new Map(rows.map(({ id, groups }) => [id, groups]))
    }),
    matchedGroupCounts: loadedOr(
      () => 0,
      async (ids) => {
        const { rows } = await pool.query<{ id: string; count: number }>(COUNTS, [ids, organizationId])
        return new Map(rows.map(({ id, count }) => [id, count]))
      },
    ),
    plan: byId((ids) => prisma.roleMappingPlan.findMany({ where: { id: { in: ids }, ...own } })),
    held: loadedOr(none, (ids) => readHeldRoles(quick, ids, organizationId)),
    assignments: loadedOr(none, async (ids) => ofAccounts(await readGrants(pool, ids))),
    assignmentsAsOf: (past) =>
      shared(pasts, `${past.position} ${past.asOf.getTime()}`, () =>
        loadedOr(none, async (ids) => ofAccounts(await readAssignmentsAsOf(pool, ids, past, organizationId))),
      ),
  }
}

const none = () => []

const ofAccounts = (found: readonly Assignment[]): ReadonlyMap<string, readonly Assignment[]> =>
  Map.groupBy(found, ({ accountId }) => accountId)

const MATCHED = `
  role_mapping_group mg join directory_group g on g.id = mg.group_id and g.state = 'ACTIVE'
  and ($2::text is null or g.organization_id = $2)`

const GROUPS = `
  select m.id, array(select g.id from ${MATCHED} where mg.mapping_id = m.id order by mg.group_id limit ${MAX_GROUPS}) as groups
  from unnest($1::text[]) as m (id)`

const COUNTS = `
  select mg.mapping_id as id, count(*) as count from ${MATCHED} where mg.mapping_id = any($1::text[]) group by 1`
