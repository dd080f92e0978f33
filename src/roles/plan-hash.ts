import { createHash } from 'node:crypto'
import type { Tx } from '../db/database.ts'
import type { RoleLoss } from '../operations/mapping-plans.ts'
import type { MappingChange, MappingState } from '../operations/role-mappings.ts'

/** What a plan was worked out from, besides its changes and its mappings. */
export interface Read {
  /** Of the reasons of all accounts, chunk by chunk. */
  readonly digests: readonly string[]
  readonly losses: readonly RoleLoss[]
}

/**
 * Returns a hash over the changes and everything that a plan was worked out from: the mappings and roles of the
 * organizations that it changes, the groups that match, and all reasons of all accounts concerned. The same request has
 * the same hash while none of that changes: ids of mappings to be created, which differ each time, do not count.
 */
export async function hashPlan(tx: Tx, changes: readonly MappingChange[], { digests, losses }: Read): Promise<string> {
  const owners = changes.flatMap(({ before, after }) => [before, after]).filter((mapping) => mapping !== null)
  const organizationIds = owners.map(({ organizationId }) => organizationId)
  const roleIds = owners.flatMap(({ roles }) => roles.map(({ id }) => id))
  const { rows } = await tx.query<{ digest: string }>(DIGEST, [
    organizationIds.filter((id) => id !== null),
    organizationIds.includes(null),
    roleIds,
  ])
  const { rows: groups } = await tx.query<{ index: number; digest: string }>(GROUPS, [
    changes.map(({ after }) => after?.id ?? ''),
  ])
  const wanted = changes.map(({ before, after }) => [before?.id ?? null, after === null ? null : contentOf(after)])
  return createHash('sha256')
    .update(JSON.stringify([wanted, rows, groups, digests, losses]))
    .digest('hex')
}

// Value by value: the database returns keys in another order. What is changed is in the digest.
function contentOf({ organizationId, directoryId, match, value, attribute, roles }: MappingState): unknown {
  return [organizationId, directoryId, match, value, attribute, roles.map(({ id }) => id)]
}

const DIGEST = `
  select encode(sha256(convert_to(coalesce(string_agg(line, ',' order by line), ''), 'UTF8')), 'hex') as digest from (
    select (x.*)::text || ' ' || coalesce((select string_agg(role_id, ' ' order by role_id)
      from role_mapping_role where mapping_id = x.id), '') as line
    from role_mapping x where organization_id = any($1::text[]) or ($2 and organization_id is null)
    union all
    select id || ' ' || protected::text from role where id = any($3::text[]) and deleted_at is null
  ) lines`

const GROUPS = `
  select m.index::int, encode(sha256(convert_to(string_agg(g.group_id, ',' order by g.group_id), 'UTF8')), 'hex') as digest
  from unnest($1::text[]) with ordinality as m (id, index) join planned_group g on g.mapping_id = m.id
  group by 1 order by 1`
