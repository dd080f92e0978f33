import { readClock } from '../changes/read.ts'
import type { Tx } from '../db/database.ts'
import type { PlanConflict, RollbackRequest } from '../operations/mapping-plans.ts'
import { conflict, forbidden, invalid } from '../operations/refusal.ts'
import type { Administrator } from '../operations/administrator.ts'
import type { MappingChange, MappingState } from '../operations/role-mappings.ts'
import { readMappingStates } from './mapping-states.ts'
import { isUnchanged } from './tell-mappings.ts'

/** The changes that lead back, and what cannot be restored. */
interface Way {
  readonly changes: readonly MappingChange[]
  readonly notes: readonly PlanConflict[]
}

/**
 * Returns the changes that lead back to the mappings as they were at a position in the change log, or at the end of the
 * act that the position is in the middle of: each mapping changed since gets what it was before the first of these
 * changes. Throws Refusal if the log does not reach back that far.
 */
export async function changesBack(tx: Tx, by: Administrator, request: RollbackRequest): Promise<Way> {
  const { position } = request
  const organizationId = request.organizationId ?? by.organizationId
  if (by.organizationId !== null && organizationId !== by.organizationId)
    throw forbidden('You can restore only the mappings of your own organization')
  const { head, purgedThrough } = await readClock(tx)
  if (position > head) throw invalid({ path: ['to'], message: 'is not the cursor of a change' })
  if (position < purgedThrough) throw conflict('The change log does not reach back that far')
  const { rows: former } = await tx.query<{ id: string; before: MappingState | null }>(FORMER, [
    position,
    organizationId,
  ])
  const mappingIds = former.map(({ id }) => id)
  const roleIds = former.flatMap(({ before }) => before?.roles.map(({ id }) => id) ?? [])
  const now = new Map((await readMappingStates(tx, mappingIds)).map((mapping) => [mapping.id, mapping]))
  const living = await livingRoles(tx, roleIds)
  const ways = former.map(({ id, before }) => wayBack(now.get(id) ?? null, before, organizationId, living))
  return { changes: ways.flatMap(({ changes }) => changes), notes: ways.flatMap(({ notes }) => notes) }
}

const NOWHERE: Way = { changes: [], notes: [] }

function wayBack(
  now: MappingState | null,
  was: MappingState | null,
  owner: string | null,
  living: ReadonlySet<string>,
): Way {
  if (now !== null && owner !== null && now.organizationId !== owner) return NOWHERE // it belongs to another organization by now
  const roles = was?.roles.filter(({ id }) => living.has(id)) ?? []
  const change = changeBetween(now, was === null || roles.length === 0 ? null : { ...was, roles })
  return {
    changes: change === null || isUnchanged(change) ? [] : [change],
    notes: was === null ? [] : notesOf(was, living),
  }
}

function changeBetween(before: MappingState | null, after: MappingState | null): MappingChange | null {
  if (before !== null) return { before, after }
  return after === null ? null : { before, after }
}

function notesOf({ id, roles }: MappingState, living: ReadonlySet<string>): PlanConflict[] {
  const lost = roles.filter((role) => !living.has(role.id)).map(({ slug }) => slug)
  const message = `${id} granted ${lost.join(', ')}, which was deleted and is not restored`
  return lost.length === 0 ? [] : [{ message, blocking: false, mappingIds: [id] }]
}

async function livingRoles(tx: Tx, ids: readonly string[]): Promise<Set<string>> {
  const { rows } = await tx.query<{ id: string }>(
    'select id from role where id = any($1::text[]) and deleted_at is null',
    [ids],
  )
  return new Set(rows.map(({ id }) => id))
}

const FORMER = `
  select distinct on (detail->>'mappingId') detail->>'mappingId' as id, nullif(detail->'before', 'null') as before
  from change
  where kind in ('ROLE_MAPPING_CREATED', 'ROLE_MAPPING_UPDATED', 'ROLE_MAPPING_DELETED') and position > $1
    and ($2::text is null or organization_id = $2)
    -- Changes of one act are undone, or left, together: a mapping moved to another organization has two positions.
    and not exists (
      select from change last
      where last.position = $1 and last.recorded_at = change.recorded_at and last.occurred_at = change.occurred_at
        and last.source = change.source and last.actor is not distinct from change.actor)
  order by detail->>'mappingId', position`
