import DataLoader from 'dataloader'
import { readAttributeMappings } from '../../attributes/read-attribute-mappings.ts'
import type { Place } from '../../changes/cursor.ts'
import { areOfThisLog, readClock, type Clock } from '../../changes/read.ts'
import type { Context } from '../context.ts'
import type { DirectoryMapping } from '../../directory/attribute-mapping.ts'
import type {
  Account,
  ApiKey,
  Directory,
  DirectoryGroup,
  DirectoryUser,
  InboxEvent,
  Mail,
  Organization,
  Role,
  SetupInvitation,
  SyncRun,
  WebhookDelivery,
  WebhookEndpoint,
} from '../../generated/prisma/client.ts'
import { readHealth, type SyncHealth } from '../../stats/health.ts'
import { columnsForAccounts } from '../account-columns.ts'
import { byColumns, byId, loadedOr, loadedTogether, ofSeveral, ROOT, shared } from './batch.ts'
import { createCountLoaders, type CountLoaders } from './count-loaders.ts'
import { columnsForIdentities, columnsForUsers } from '../directory-user-columns.ts'
import { noteDirectories } from '../note-directories.ts'
import { isOwnEvent } from '../own-events.ts'
import { isOwnRun } from '../own-runs.ts'
import { createPastLoaders, type PastLoaders } from './past-loaders.ts'
import { createRoleLoaders, type RoleLoaders } from './role-loaders.ts'
import { rowsById } from './rows-by-id.ts'
import { createStatsLoaders, type StatsLoaders } from './stats-loaders.ts'
import { keyOf, type Listing, type Page, type Row } from '../lists/listing.ts'
import type { PagePlans } from '../lists/page-plan.ts'
import { readPages } from '../lists/read-pages.ts'

/**
 * Batched lookups for the resolvers of one viewer. A lookup by an id that anybody may name, in an argument or a change,
 * is restricted to what the viewer may see (law 8). The others say which object that the viewer was shown gives the id.
 */
export interface Loaders extends CountLoaders {
  readonly organization: DataLoader<string, Organization | null>
  readonly directory: DataLoader<string, Directory | null>
  readonly directoryUser: DataLoader<string, DirectoryUser | null>
  readonly directoryGroup: DataLoader<string, DirectoryGroup | null>
  readonly account: DataLoader<string, Account | null>
  /** Directory users of an account, oldest first, reading only the columns that some GraphQL fields need. */
  identities(fields: ReadonlySet<string>): DataLoader<string, DirectoryUser[]>
  /** Roles shared by every organization, and those of the viewer's own. */
  readonly role: DataLoader<string, Role | null>
  readonly apiKey: DataLoader<string, ApiKey | null>
  readonly event: DataLoader<string, InboxEvent | null>
  /** The body of an event that the viewer was shown, by its id. */
  readonly eventBody: DataLoader<string, Pick<InboxEvent, 'id' | 'body'> | null>
  readonly syncRun: DataLoader<string, SyncRun | null>
  readonly webhookEndpoint: DataLoader<string, Omit<WebhookEndpoint, 'secrets'> | null>
  readonly webhookDelivery: DataLoader<string, WebhookDelivery | null>
  readonly setupInvitation: DataLoader<string, SetupInvitation | null>
  /** The mail's delivery status, without its content, by the `mailId` of an invitation that the viewer was shown. */
  readonly mail: DataLoader<string, Pick<Mail, 'id' | 'status' | 'finishedAt'> | null>
  /** Loads an object, reading only the columns that some GraphQL fields need. */
  asked<What extends keyof Narrow>(what: What, fields: ReadonlySet<string>): DataLoader<string, Narrow[What] | null>
  /** Loads what another row references; throws if it is missing or the viewer may not see it. */
  present<What extends 'directory' | 'webhookEndpoint'>(what: What, id: string): Promise<Present[What]>
  /** The attribute mapping of a directory that the viewer was shown, itself or as that of a user. */
  readonly attributeMapping: DataLoader<string, DirectoryMapping | null>
  readonly stats: StatsLoaders
  readonly roles: RoleLoaders
  /** The health of a directory that the viewer was shown. */
  readonly health: DataLoader<string, SyncHealth>
  /**
   * Loads the pages of some parents' lists, null at the root; requests for the same page share a statement. The viewer
   * was shown the parents; what else belongs to one organization is restricted by the conditions of the page.
   */
  pages<Model>(listing: Listing, page: Page): (parentIds: readonly (string | null)[]) => Promise<Row<Model>[][]>
  /** See page-plan.ts. */
  readonly plans: PagePlans
  readonly past: PastLoaders
  /** How far the change log reaches now; never cached. */
  clock(): Promise<Clock>
  /** Whether the change log is still the one that a cursor is of. */
  readonly isOfThisLog: DataLoader<Place, boolean, string>
}

interface Present {
  readonly directory: Directory
  readonly webhookEndpoint: Omit<WebhookEndpoint, 'secrets'>
}

interface Narrow {
  readonly directoryUser: DirectoryUser
  readonly account: Account
}

const readOrganizations = rowsById<Organization>({
  model: 'Organization',
  table: 'organization',
  owner: 'x.id',
  always: 'true',
})
const readDirectories = rowsById<Directory>({ model: 'Directory', table: 'directory', always: 'true' })
const readUsers = rowsById<DirectoryUser>({
  model: 'DirectoryUser',
  table: 'directory_user',
  always: `x.state <> 'UNSEEN'`,
})
const readIdentities = rowsById<DirectoryUser>({
  model: 'DirectoryUser',
  table: 'directory_user',
  by: 'account_id',
  always: `x.state <> 'UNSEEN'`,
})
const oldestFirst = (a: DirectoryUser, b: DirectoryUser): number =>
  a.createdAt.getTime() - b.createdAt.getTime() || (a.id < b.id ? -1 : 1)
const readGroups = rowsById<DirectoryGroup>({
  model: 'DirectoryGroup',
  table: 'directory_group',
  always: `x.state <> 'UNSEEN'`,
})
const readAccounts = rowsById<Account>({ model: 'Account', table: 'account', always: 'true' })
const readRoles = rowsById<Role>({ model: 'Role', table: 'role', always: 'x.deleted_at is null', shared: true })

/** Ids that are likely to be requested one after another: loading the first loads them all. */
export type Companions = Partial<
  Record<'directory' | 'directoryUser' | 'directoryGroup' | 'account' | 'role', readonly string[]>
>

/** What loaders read with, and for whom; `concerned` collects the directories of everything found by id. */
export type Reading = Pick<Context, 'db' | 'counts' | 'viewer' | 'concerned'>

export function createLoaders(reading: Reading, companions: Companions = {}): Loaders {
  const { db: database, viewer, concerned } = reading
  const { prisma, pool, quick } = database
  const own = viewer.organizationId === null ? {} : { organizationId: viewer.organizationId }
  const pages = new Map<string, DataLoader<readonly string[], unknown[][], string>>()

  const clock = new DataLoader(
    async (asked: readonly string[]) => {
      const read = await readClock(pool)
      return asked.map(() => read)
    },
    { cache: false },
  )
  const directory = byId(
    (ids) => readDirectories(quick, ids, organizationId),
    companions.directory,
    (found) => noteDirectories(concerned, found, 'id'),
  )
  const webhookEndpoint = byId((ids) =>
    prisma.webhookEndpoint.findMany({ where: { id: { in: ids }, ...own, deletedAt: null }, omit: { secrets: true } }),
  )
  const named: { [What in keyof Present]: DataLoader<string, Present[What] | null> } = { directory, webhookEndpoint }
  const noted = (found: readonly object[]) => noteDirectories(concerned, found, 'directoryId')
  const { organizationId } = viewer
  const narrow: { [What in keyof Narrow]: (fields: ReadonlySet<string>) => DataLoader<string, Narrow[What] | null> } = {
    directoryUser: byColumns(columnsForUsers, (columns) =>
      byId((ids) => readUsers(quick, ids, organizationId, columns), companions.directoryUser, noted),
    ),
    account: byColumns(columnsForAccounts, (columns) =>
      byId((ids) => readAccounts(quick, ids, organizationId, columns), companions.account),
    ),
  }

  return {
    ...createCountLoaders(reading),
    asked: (what, fields) => narrow[what](fields),
    async present(what, id) {
      const found = await named[what].load(id)
      if (found === null) throw new Error(`${id} is referenced by a row but does not exist`)
      return found
    },
    organization: byId((ids) => readOrganizations(quick, ids, organizationId)),
    directory,
    directoryUser: byId((ids) => readUsers(quick, ids, organizationId), companions.directoryUser, noted),
    directoryGroup: byId((ids) => readGroups(quick, ids, organizationId), companions.directoryGroup, noted),
    account: byId((ids) => readAccounts(quick, ids, organizationId), companions.account),
    identities: byColumns(columnsForIdentities, (columns) =>
      loadedOr<DirectoryUser[]>(
        () => [],
        async (ids) => {
          const found = await readIdentities(quick, ids, organizationId, columns)
          noted(found)
          return Map.groupBy(found.sort(oldestFirst), ({ accountId }) => accountId)
        },
      ),
    ),
    role: byId((ids) => readRoles(quick, ids, organizationId), companions.role),
    apiKey: byId((ids) => prisma.apiKey.findMany({ where: { id: { in: ids }, ...own } })),
    eventBody: byId(async (ids) => {
      const text = 'select id, body from inbox_event where id = any($1::text[])'
      return (await pool.query<Pick<InboxEvent, 'id' | 'body'>>(text, [ids])).rows
    }),
    event: byId(async (ids) => {
      const events = await prisma.inboxEvent.findMany({ where: { id: { in: ids } } })
      if (viewer.organizationId === null) return events
      const directories = await Promise.all(events.map((event) => directory.load(event.directoryId ?? '')))
      return events.filter((event, index) => directories[index] != null && isOwnEvent(directories[index], event))
    }),
    syncRun: byId(async (ids) => {
      const runs = await prisma.syncRun.findMany({ where: { id: { in: ids }, directory: own } })
      if (viewer.organizationId === null) return runs
      const directories = await Promise.all(runs.map((run) => directory.load(run.directoryId)))
      return runs.filter((run, index) => directories[index] != null && isOwnRun(directories[index], run))
    }),
    webhookEndpoint,
    webhookDelivery: byId((ids) =>
      prisma.webhookDelivery.findMany({ where: { id: { in: ids }, endpoint: { ...own, deletedAt: null } } }),
    ),
    setupInvitation: byId((ids) => prisma.setupInvitation.findMany({ where: { id: { in: ids }, ...own } })),
    mail: byId((ids) =>
      prisma.mail.findMany({ where: { id: { in: ids } }, select: { id: true, status: true, finishedAt: true } }),
    ),
    attributeMapping: loadedTogether((ids) => readAttributeMappings(pool, ids), companions.directory),
    stats: createStatsLoaders(pool),
    roles: createRoleLoaders(database, viewer),
    health: new DataLoader(async (ids) => {
      const found = await readHealth(pool, ids)
      return ids.map((id) => found.get(id) ?? new Error(`${id} no longer exists`))
    }),
    plans: new Map(),
    pages<Model>(listing: Listing, page: Page) {
      const read = (parents: readonly string[]) =>
        readPages<Model>(database, listing, page, listing.parent === null ? null : parents)
      const loader = shared(pages, keyOf(listing, page), () => ofSeveral<unknown[]>(read))
      return (parentIds) => loader.load(parentIds.map((id) => id ?? ROOT)) as Promise<Row<Model>[][]>
    },
    past: createPastLoaders(pool, organizationId),
    clock: () => clock.load(ROOT),
    isOfThisLog: new DataLoader((places) => areOfThisLog(quick, places), {
      cacheKeyFn: ({ position, stamp }) => `${position} ${stamp}`,
    }),
  }
}
