import DataLoader from 'dataloader'
import type { Viewer } from '../../auth/viewer.ts'
import type { Database } from '../../db/database.ts'
import type { DirectoryUserState, WebhookDeliveryStatus } from '../../generated/prisma/enums.ts'

/** Loaders for counts. */
export interface CountLoaders {
  /** Members of a group. */
  readonly memberCounts: DataLoader<string, number>
  /** Groups of a directory. */
  readonly groupCounts: DataLoader<string, number>
  /** Users of a directory by state. */
  readonly userCounts: DataLoader<string, ReadonlyMap<DirectoryUserState, number>>
  /** Messages to a webhook endpoint by status. */
  readonly deliveryCounts: DataLoader<string, ReadonlyMap<WebhookDeliveryStatus, number>>
}

export function createCountLoaders({ pool, prisma }: Database, { organizationId }: Viewer): CountLoaders {
  return {
    memberCounts: new DataLoader((ids) => countEach(pool, MEMBERS, ids)),
    groupCounts: new DataLoader((ids) => countEach(pool, GROUPS, ids)),
    deliveryCounts: new DataLoader(async (ids) => {
      const where = { endpointId: { in: [...ids] }, status: { in: ['PENDING' as const, 'DEAD' as const] } }
      const rows = await prisma.webhookDelivery.groupBy({ by: ['endpointId', 'status'], where, _count: true })
      return ids.map(
        (id) => new Map(rows.filter((row) => row.endpointId === id).map((row) => [row.status, row._count])),
      )
    }),
    userCounts: new DataLoader(async (ids) => {
      interface Counted {
        readonly id: string
        readonly state: DirectoryUserState
        readonly count: number
      }
      const { rows } = await pool.query<Counted>({ ...USERS, values: [ids, organizationId] })
      const ofDirectory = Map.groupBy(rows, ({ id }) => id)
      return ids.map((id) => new Map(ofDirectory.get(id)?.map(({ state, count }) => [state, count])))
    }),
  }
}

interface Counting {
  readonly name: string
  readonly text: string
}

async function countEach(pool: Database['pool'], counting: Counting, ids: readonly string[]): Promise<number[]> {
  const { rows } = await pool.query<{ id: string; count: number }>({ ...counting, values: [ids] })
  const counts = new Map(rows.map(({ id, count }) => [id, count]))
  return ids.map((id) => counts.get(id) ?? 0)
}

const MEMBERS: Counting = {
  name: 'count-members',
  text: 'select group_id as id, count(*) as count from membership where group_id = any($1::text[]) and visible group by 1',
}
const GROUPS: Counting = {
  name: 'count-groups',
  text: `
    select directory_id as id, count(*) as count from directory_group
    where directory_id = any($1::text[]) and state = 'ACTIVE' group by 1`,
}
// The owner is read from the directory rather than from each user, so that an index suffices for the rest.
const USERS: Counting = {
  name: 'count-users',
  text: `
    select x.directory_id as id, x.state, count(*) as count from directory_user x join directory d on d.id = x.directory_id
    where x.directory_id = any($1::text[]) and ($2::text is null or d.organization_id = $2) group by 1, 2`,
}
