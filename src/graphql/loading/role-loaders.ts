import DataLoader from 'dataloader'
import type { Viewer } from '../../auth/viewer.ts'
import type { Database } from '../../db/database.ts'
import type { Role, RoleMapping, RoleMappingPlan } from '../../generated/prisma/client.ts'
import { readAssignmentsAsOf, type Past } from './assignments-as-of.ts'
import { readGrants, type Assignment } from './read-grants.ts'
import { readHeldRoles } from './read-held-roles.ts'

/** Batched lookups about roles. Every lookup is restricted to what the viewer may see (law 8). */
export interface RoleLoaders {
  readonly mapping: DataLoader<string, RoleMapping | null>
  /** The ids of the first groups that a mapping matches and the viewer may see, in id order. */
  readonly matchedGroups: DataLoader<string, readonly string[]>
  readonly matchedGroupCounts: DataLoader<string, number>
  readonly plan: DataLoader<string, RoleMappingPlan | null>
  /** The roles that an account has, by slug. */
  readonly held: DataLoader<string, readonly Role[]>
  /** The same, with the reasons that count. */
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
    mapping: new DataLoader(async (ids) => {
      const found = await prisma.roleMapping.findMany({ where: { id: { in: [...ids] }, ...seenMappings } })
      return inOrder(ids, found)
    }),
    matchedGroups: new DataLoader(async (ids) => {
      const { rows } = await pool.query<{ id: string; groups: string[] }>(GROUPS, [ids, organizationId])
      const groups = new Map(rows.map((row) => [row.id, row.groups]))
      return ids.map((id) => groups.get(id) ?? [])
    }),
    matchedGroupCounts: new DataLoader(async (ids) => {
      const { rows } = await pool.query<{ id: string; count: number }>(COUNTS, [ids, organizationId])
      const counts = new Map(rows.map((row) => [row.id, row.count]))
      return ids.map((id) => counts.get(id) ?? 0)
    }),
    plan: new DataLoader(async (ids) => {
      const found = await prisma.roleMappingPlan.findMany({ where: { id: { in: [...ids] }, ...own } })
      return inOrder(ids, found)
    }),
    held: new DataLoader(async (ids) => {
      const found = await readHeldRoles(quick, ids, organizationId)
      return ids.map((id) => found.get(id) ?? [])
    }),
    assignments: new DataLoader(async (ids) => {
      const found = await readGrants(pool, ids)
      return ids.map((id) => found.filter(({ accountId }) => accountId === id))
    }),
    assignmentsAsOf(past) {
      const key = `${past.position} ${past.asOf.getTime()}`
      let loader = pasts.get(key)
      if (loader === undefined) {
        loader = new DataLoader(async (ids) => {
          const ofAccount = Map.groupBy(
            await readAssignmentsAsOf(pool, ids, past, organizationId),
            ({ accountId }) => accountId,
          )
          return ids.map((id) => ofAccount.get(id) ?? [])
        })
        pasts.set(key, loader)
      }
      return loader
    },
  }
}

function inOrder<Model extends { id: string }>(ids: readonly string[], found: readonly Model[]): (Model | null)[] {
  const byId = new Map(found.map((model) => [model.id, model]))
  return ids.map((id) => byId.get(id) ?? null)
}

const MATCHED = `
  role_mapping_group mg join directory_group g on g.id = mg.group_id and g.state = 'ACTIVE'
  and ($2::text is null or g.organization_id = $2)`

const GROUPS = `
  select m.id, array(select g.id from ${MATCHED} where mg.mapping_id = m.id order by mg.group_id limit ${MAX_GROUPS}) as groups
  from unnest($1::text[]) as m (id)`

const COUNTS = `
  select mg.mapping_id as id, count(*) as count from ${MATCHED} where mg.mapping_id = any($1::text[]) group by 1`
