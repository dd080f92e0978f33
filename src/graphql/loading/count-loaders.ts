import { createHash } from 'node:crypto'
import DataLoader from 'dataloader'
import type { Database } from '../../db/database.ts'
import type { DirectoryUserState, WebhookDeliveryStatus } from '../../generated/prisma/enums.ts'
import type { Context } from '../context.ts'
import { countRows } from '../lists/count-rows.ts'
import type { Condition, Listing } from '../lists/listing.ts'
import { loadedOr, ROOT, shared } from './batch.ts'
import type { Count, Question } from './known-counts.ts'

/** Loaders for counts, of objects that the viewer was shown unless said otherwise (law 8). */
export interface CountLoaders {
  /** Counts a list's entries; `parentId` is null at the root, where the conditions name the viewer's organization. */
  count(listing: Listing, conditions: readonly Condition[], parentId: string | null): Promise<number>
  /** Members of a group. */
  readonly memberCounts: DataLoader<string, number>
  /** Groups of a directory. */
  readonly groupCounts: DataLoader<string, number>
  /** Users of a directory in one of some states; 0 if the viewer may not see it. */
  userCounts(states: readonly DirectoryUserState[]): DataLoader<string, number>
  /** Messages to a webhook endpoint by status. */
  readonly deliveryCounts: DataLoader<string, ReadonlyMap<WebhookDeliveryStatus, number>>
}

export function createCountLoaders({ db, counts, viewer }: Pick<Context, 'db' | 'counts' | 'viewer'>): CountLoaders {
  const { pool, prisma } = db
  const { organizationId } = viewer
  const ofLists = new Map<string, DataLoader<string, number>>()
  const userCounts = new Map<string, DataLoader<string, number>>()

  const read = counts.read(organizationId)
  const ofDirectory = (key: string): Question => ({ key, directoryOf: (id) => id })
  const each =
    (question: Question, counting: Counting, ...values: unknown[]) =>
    (ids: readonly string[]) =>
      read(question, ids, (others) => countEach(pool, counting, [others, ...values]))

  return {
    count(listing, conditions, parentId) {
      const key = JSON.stringify([listing, conditions])
      const count: Count = async (ids) => {
        const found = await countRows(pool, listing, conditions, listing.parent === null ? null : ids)
        return ids.map((id) => found.get(listing.parent === null ? null : id) ?? 0)
      }
      const load: Count = async (ids) => {
        if (listing.logged !== true) return count(ids)
        const short = createHash('sha256').update(key).digest('base64')
        return read({ key: short, directoryOf: directoryOf(listing, conditions) }, ids, count)
      }
      return shared(ofLists, key, () => new DataLoader(load)).load(parentId ?? ROOT)
    },
    memberCounts: new DataLoader(each({ key: 'members', directoryOf: () => null }, MEMBERS)),
    groupCounts: new DataLoader(each(ofDirectory('groups'), GROUPS)),
    userCounts(states) {
      const load = each(ofDirectory(`users ${states.join()} ${organizationId}`), USERS, states, organizationId)
      return shared(userCounts, states.join(), () => new DataLoader(load))
    },
    deliveryCounts: loadedOr<ReadonlyMap<WebhookDeliveryStatus, number>>(
      () => new Map(),
      async (ids) => {
        const where = { endpointId: { in: [...ids] }, status: { in: ['PENDING' as const, 'DEAD' as const] } }
        const rows = await prisma.webhookDelivery.groupBy({ by: ['endpointId', 'status'], where, _count: true })
        const ofEndpoint = Map.groupBy(rows, ({ endpointId }) => endpointId).entries()
        return new Map(ofEndpoint.map(([id, counts]) => [id, new Map(counts.map((row) => [row.status, row._count]))]))
      },
    ),
  }
}

const DIRECTORY = 'x.directory_id'

/** Returns which directory alone holds what a list has for a parent: the parent, or the one that it is filtered by. */
function directoryOf(listing: Listing, conditions: readonly Condition[]): Question['directoryOf'] {
  if (listing.parent === DIRECTORY) return (id) => id
  const value = conditions.find(({ equals }) => equals?.column === DIRECTORY)?.value
  return () => (typeof value === 'string' ? value : null)
}

interface Counting {
  readonly name: string
  readonly text: string
}

async function countEach(pool: Database['pool'], counting: Counting, values: unknown[]): Promise<number[]> {
  const { rows } = await pool.query<{ count: number }>({ ...counting, values })
  return rows.map(({ count }) => count)
}

// A count for each, in the order of the ids: counting all rows at once and grouping them takes three times as long.
const MEMBERS: Counting = {
  name: 'count-members',
  text: `
    select (select count(*) from membership x where x.group_id = asked.id and x.visible) as count
    from unnest($1::text[]) with ordinality asked (id, place) order by place`,
}
const GROUPS: Counting = {
  name: 'count-groups',
  text: `
    select (select count(*) from directory_group x where x.directory_id = asked.id and x.state = 'ACTIVE') as count
    from unnest($1::text[]) with ordinality asked (id, place) order by place`,
}
// The owner is read from the directory rather than from each user, so that an index suffices for the rest.
const USERS: Counting = {
  name: 'count-users',
  text: `
    select case when $3::text is null or (select organization_id from directory d where d.id = asked.id) = $3 then
             (select count(*) from directory_user x where x.directory_id = asked.id and x.state = any($2::"DirectoryUserState"[]))
           else 0 end as count
    from unnest($1::text[]) with ordinality asked (id, place) order by place`,
}
