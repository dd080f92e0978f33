import DataLoader from 'dataloader'
import type { Viewer } from '../auth/viewer.ts'
import type { Database } from '../db/database.ts'
import type { DirectoryUserState, WebhookDeliveryStatus } from '../generated/prisma/enums.ts'

/** How many there are of something, each asked for alone. */
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

export function createCountLoaders(prisma: Database['prisma'], viewer: Viewer): CountLoaders {
  const own = viewer.organizationId === null ? {} : { organizationId: viewer.organizationId }
  return {
    memberCounts: new DataLoader(async (ids) => {
      const where = { groupId: { in: [...ids] }, visible: true }
      const rows = await prisma.membership.groupBy({ by: ['groupId'], where, _count: true })
      const counts = new Map(rows.map((row) => [row.groupId, row._count]))
      return ids.map((id) => counts.get(id) ?? 0)
    }),
    groupCounts: new DataLoader(async (ids) => {
      const where = { directoryId: { in: [...ids] }, state: 'ACTIVE' as const }
      const rows = await prisma.directoryGroup.groupBy({ by: ['directoryId'], where, _count: true })
      const counts = new Map(rows.map((row) => [row.directoryId, row._count]))
      return ids.map((id) => counts.get(id) ?? 0)
    }),
    deliveryCounts: new DataLoader(async (ids) => {
      const where = { endpointId: { in: [...ids] }, status: { in: ['PENDING' as const, 'DEAD' as const] } }
      const rows = await prisma.webhookDelivery.groupBy({ by: ['endpointId', 'status'], where, _count: true })
      return ids.map(
        (id) => new Map(rows.filter((row) => row.endpointId === id).map((row) => [row.status, row._count])),
      )
    }),
    userCounts: new DataLoader(async (ids) => {
      const where = { directoryId: { in: [...ids] }, ...own }
      const rows = await prisma.directoryUser.groupBy({ by: ['directoryId', 'state'], where, _count: true })
      return ids.map(
        (id) => new Map(rows.filter((row) => row.directoryId === id).map((row) => [row.state, row._count])),
      )
    }),
  }
}
