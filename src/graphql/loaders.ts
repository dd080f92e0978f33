import DataLoader from 'dataloader'
import type { Viewer } from '../auth/viewer.ts'
import { readClock, type Clock } from '../changes/read.ts'
import type { Database } from '../db/database.ts'
import type {
  ApiKey,
  Directory,
  DirectoryGroup,
  DirectoryUser,
  InboxEvent,
  Organization,
  SyncRun,
} from '../generated/prisma/client.ts'
import type { DirectoryUserState } from '../generated/prisma/enums.ts'
import { readHealth, type SyncHealth } from '../stats/health.ts'
import { createStatsLoaders, type StatsLoaders } from './stats-loaders.ts'
import { countRows, readPages, type Condition, type Listing, type Page, type Row } from './listing.ts'

/** What resolvers ask for one by one and the database answers together. Every lookup is the viewer's own (law 8). */
export interface Loaders {
  readonly organization: DataLoader<string, Organization | null>
  readonly directory: DataLoader<string, Directory | null>
  readonly directoryUser: DataLoader<string, DirectoryUser | null>
  readonly directoryGroup: DataLoader<string, DirectoryGroup | null>
  readonly apiKey: DataLoader<string, ApiKey | null>
  readonly event: DataLoader<string, InboxEvent | null>
  readonly syncRun: DataLoader<string, SyncRun | null>
  /** What another row names: it is there, and the viewer may see it, or something is wrong. */
  present(what: 'directory', id: string): Promise<Directory>
  /** Members of a group. */
  readonly memberCounts: DataLoader<string, number>
  /** Groups of a directory. */
  readonly groupCounts: DataLoader<string, number>
  /** Users of a directory by state. */
  readonly userCounts: DataLoader<string, ReadonlyMap<DirectoryUserState, number>>
  readonly stats: StatsLoaders
  /** Of a directory that the viewer may see. */
  readonly health: DataLoader<string, SyncHealth>
  /** A page of a list; all parents that want the same page share a statement. */
  page<Model>(listing: Listing, page: Page, parentId: string | null): Promise<Row<Model>[]>
  /** How far the change log reaches now, not when it was last asked. */
  clock(): Promise<Clock>
  count(listing: Listing, conditions: readonly Condition[], parentId: string | null): Promise<number>
}

// DataLoader knows no key null; no id is empty.
const ROOT = ''

/** Ids that are likely to be asked for, one after the other: with the first of them all are loaded. */
export type Companions = Partial<Record<'directory' | 'directoryUser' | 'directoryGroup', readonly string[]>>

export function createLoaders({ prisma, pool }: Database, viewer: Viewer, companions: Companions = {}): Loaders {
  const own = viewer.organizationId === null ? {} : { organizationId: viewer.organizationId }
  const seen = { state: { not: 'UNSEEN' as const } }
  const pages = new Map<string, DataLoader<string, unknown[]>>()
  const counts = new Map<string, DataLoader<string, number>>()

  const clock = new DataLoader(
    async (asked: readonly string[]) => {
      const read = await readClock(pool)
      return asked.map(() => read)
    },
    { cache: false },
  )
  const directory = byId(
    (ids) => prisma.directory.findMany({ where: { id: { in: ids }, ...own } }),
    companions.directory,
  )

  return {
    async present(_what, id) {
      const found = await directory.load(id)
      if (found === null) throw new Error(`${id} is named by a row, and is not there`)
      return found
    },
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
    organization: byId((ids) =>
      prisma.organization.findMany({
        where: { id: { in: ids }, ...(viewer.organizationId !== null && { AND: { id: viewer.organizationId } }) },
      }),
    ),
    directory,
    directoryUser: byId(
      (ids) => prisma.directoryUser.findMany({ where: { id: { in: ids }, ...own, ...seen } }),
      companions.directoryUser,
    ),
    directoryGroup: byId(
      (ids) => prisma.directoryGroup.findMany({ where: { id: { in: ids }, ...own, ...seen } }),
      companions.directoryGroup,
    ),
    apiKey: byId((ids) => prisma.apiKey.findMany({ where: { id: { in: ids }, ...own } })),
    event: byId(async (ids) => {
      const events = await prisma.inboxEvent.findMany({ where: { id: { in: ids } } })
      if (viewer.organizationId === null) return events
      const directories = await Promise.all(events.map((event) => directory.load(event.directoryId ?? '')))
      return events.filter((_event, index) => directories[index] !== null)
    }),
    syncRun: byId((ids) => prisma.syncRun.findMany({ where: { id: { in: ids }, directory: own } })),
    userCounts: new DataLoader(async (ids) => {
      const where = { directoryId: { in: [...ids] }, ...own }
      const rows = await prisma.directoryUser.groupBy({ by: ['directoryId', 'state'], where, _count: true })
      return ids.map(
        (id) => new Map(rows.filter((row) => row.directoryId === id).map((row) => [row.state, row._count])),
      )
    }),
    stats: createStatsLoaders(pool),
    health: new DataLoader(async (ids) => {
      const found = await readHealth(pool, ids)
      return ids.map((id) => found.get(id) ?? new Error(`${id} is not there any more`))
    }),
    page<Model>(listing: Listing, page: Page, parentId: string | null) {
      const loader = shared(pages, [listing, page], async (parents) => {
        const rows = await readPages<Model>(pool, listing, page, listing.parent === null ? null : parents)
        const ofParent = Map.groupBy(rows, (row) => row.parentId)
        return parents.map((parent) => ofParent.get(listing.parent === null ? null : parent) ?? [])
      })
      return loader.load(parentId ?? ROOT) as Promise<Row<Model>[]>
    },
    clock: () => clock.load(ROOT),
    count(listing, conditions, parentId) {
      const loader = shared(counts, [listing, conditions], async (parents) => {
        const found = await countRows(pool, listing, conditions, listing.parent === null ? null : parents)
        return parents.map((parent) => found.get(listing.parent === null ? null : parent) ?? 0)
      })
      return loader.load(parentId ?? ROOT)
    },
  }
}

function byId<Model extends { id: string }>(
  find: (ids: string[]) => Promise<Model[]>,
  companions: readonly string[] = [],
): DataLoader<string, Model | null> {
  const known = new Set(companions)
  let together: Promise<Map<string, Model>> | null = null
  const read = async (ids: readonly string[]) =>
    new Map((await find([...new Set(ids)])).map((model) => [model.id, model]))
  return new DataLoader(async (ids) => {
    const alone = ids.filter((id) => !known.has(id))
    if (alone.length < ids.length) together ??= read(companions)
    const [found, beside] = await Promise.all([together, alone.length === 0 ? null : read(alone)])
    return ids.map((id) => found?.get(id) ?? beside?.get(id) ?? null)
  })
}

function shared<Value>(
  loaders: Map<string, DataLoader<string, Value>>,
  what: unknown,
  load: (parents: readonly string[]) => Promise<Value[]>,
): DataLoader<string, Value> {
  const key = JSON.stringify(what)
  let loader = loaders.get(key)
  if (loader === undefined) loaders.set(key, (loader = new DataLoader(load)))
  return loader
}
