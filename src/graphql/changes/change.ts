import type { Delivery } from '../../changes/feed.ts'
import type { ChangeFilter as Filter } from '../../changes/filter.ts'
import type { Place } from '../../changes/cursor.ts'
import {
  CHANGE_COLUMNS,
  countChanges,
  readChanges,
  readPage,
  type Clock,
  type StoredChange,
} from '../../changes/read.ts'
import { builder } from '../builder.ts'
import { columnsForChanges } from './change-columns.ts'
import { ChangeKind } from './change-kinds.ts'
import { Change, isBreak, type ChangeShape } from './change-type.ts'
import { askedOfPage } from '../lists/asked-of-page.ts'
import { connectionType, type Connection } from '../lists/connection-type.ts'
import type { Context } from '../context.ts'
import { DirectoryUser } from '../directory-user.ts'
import { ValidationError } from '../errors.ts'
import type { Keyset, Listing, Order } from '../lists/listing.ts'
import { createLoaders, type Companions } from '../loading/loaders.ts'
import { noteDirectories } from '../note-directories.ts'
import { ownRows } from '../own-rows.ts'
import { pageArguments } from '../lists/page-arguments.ts'
import { pageCost, readPageSize, type ConnectionArguments } from '../lists/page-size.ts'

const ChangeConnection = connectionType<ChangeShape>('Change', Change)

const ChangeFilter = builder.inputType('ChangeFilter', {
  description: 'Filters changes. Omitted fields do not restrict.',
  fields: (t) => ({
    directoryId: t.id({ description: 'In this directory.' }),
    organizationId: t.id({ description: 'Of this organization.' }),
    directoryUserId: t.id({ description: 'Of this user, and of their memberships.' }),
    directoryGroupId: t.id({ description: 'Of this group, and of its memberships.' }),
    userId: t.id({ description: 'Of this account, and of its roles.' }),
    kinds: t.field({ type: [ChangeKind], description: 'Of one of these kinds.' }),
  }),
})

function filterOf({ viewer }: Context, filter: typeof ChangeFilter.$inferInput | null | undefined): Filter {
  const { userId: accountId, ...others } = filter ?? {}
  const asked = Object.entries({ ...others, accountId }).filter(([, value]) => value != null)
  return {
    ...Object.fromEntries(asked),
    ...(viewer.organizationId !== null && { viewerOrganizationId: viewer.organizationId }),
  }
}

function placeOf({ cursors }: Context, argument: string, cursor: string): Place {
  const place = cursors.open(cursor)
  if (place === null) throw new ValidationError({ path: [argument], message: 'is not the cursor of a change' })
  return place
}

/** Of a cursor of another log, which reached further than this one or had other changes. */
const AHEAD = Number.MAX_SAFE_INTEGER

/** The position to continue from. */
async function positionAfter(context: Context, cursor: string | null | undefined): Promise<number | undefined> {
  if (cursor == null) return undefined
  const place = placeOf(context, 'after', cursor)
  return (await context.loaders.isOfThisLog.load(place)) ? place.position : AHEAD
}

interface Asked {
  readonly size: number
  readonly backwards: boolean
  readonly afterPosition: number | undefined
  readonly beforePosition: number | undefined
}

async function read(context: Context, args: ConnectionArguments): Promise<Asked> {
  const { before } = args
  return {
    ...readPageSize(args),
    beforePosition: before == null ? undefined : placeOf(context, 'before', before).position,
    afterPosition: await positionAfter(context, args.after),
  }
}

/** Makes a page of `changes`, which hold one more than requested if there are more. */
function toConnection(
  { cursors, concerned, now }: Context,
  { size, backwards, afterPosition: after, beforePosition: before }: Asked,
  changes: readonly StoredChange[],
  clock: Clock | null,
  totalCount: () => Promise<number>,
): Connection<ChangeShape> {
  const more = changes.length > size
  const told = changes.slice(0, size)
  noteDirectories(concerned, told, 'directoryId')
  const page: ChangeShape[] = told
  if (backwards) page.reverse()
  // A reader that pages after a cursor learns of a gap just as a subscriber does (law 5).
  if (clock !== null && after !== undefined && (after > clock.head || after < clock.purgedThrough)) {
    const [reason, position] =
      after > clock.head ? (['AHEAD', clock.head] as const) : (['PURGED', clock.purgedThrough] as const)
    // When reading backwards, the gap appears at its position: once the pages have reached it, and not beyond.
    const reached = !(backwards && more) && (before === undefined || before > position)
    if (reached) page.unshift({ discontinuity: true, reason, position, at: now() })
  }
  return {
    nodes: page,
    cursorAt: (index) => cursors.seal(page[index]!),
    hasNextPage: backwards ? before !== undefined : more,
    hasPreviousPage: backwards ? more : after !== undefined,
    totalCount,
  }
}

builder.queryField('changes', (t) =>
  t.field({
    type: ChangeConnection,
    description: 'The change log, oldest first, in the order of recording. `last: 20` returns the newest.',
    args: { ...pageArguments(t.arg), filter: t.arg({ type: ChangeFilter, description: 'Filters the result.' }) },
    complexity: pageCost,
    resolve: async (_root, { filter: given, ...args }, context, info) => {
      const asked = await read(context, args)
      const { size, backwards, afterPosition: after, beforePosition: before } = asked
      const filter = filterOf(context, given)
      const columns = columnsForChanges(askedOfPage(info).entries)
      const request = { filter, after, before, limit: size + 1, backwards, columns }
      const { pool, quick } = context.db
      const count = () => countChanges(pool, filter)
      if (after === undefined) return toConnection(context, asked, await readPage(pool, request, quick), null, count)
      const { changes, ...clock } = await readChanges(pool, request, quick)
      return toConnection(context, asked, changes, clock, count)
    },
  }),
)

const OF_USER: Listing = { from: 'change x', columns: CHANGE_COLUMNS, parent: 'x.user_id' }
const BY_POSITION: Order = { name: 'POSITION', column: 'x.position', type: 'bigint', descending: false, unique: true }

function keysetOf(position: number | undefined): Keyset | null {
  return position === undefined ? null : { value: String(position), id: '' }
}

builder.objectField(DirectoryUser, 'changes', (t) =>
  t.field({
    type: ChangeConnection,
    description: 'Their changes and those of their memberships, oldest first.',
    args: pageArguments(t.arg),
    complexity: pageCost,
    resolve: async ({ id }, args, context) => {
      const asked = await read(context, args)
      const [after, before] = [keysetOf(asked.afterPosition), keysetOf(asked.beforePosition)]
      const conditions = ownRows(context.viewer)
      const { size, backwards } = asked
      const page = { conditions, order: BY_POSITION, after, before, limit: size + 1, backwards }
      const { loaders } = context
      const [changes] = await loaders.pages<StoredChange>(OF_USER, page)([id])
      // Read after the page, so that anything purged between the two is declared as a gap instead of being skipped.
      const clock = after === null ? null : await loaders.clock()
      return toConnection(context, asked, changes!, clock, () => loaders.count(OF_USER, conditions, id))
    },
  }),
)

builder.subscriptionField('changes', (t) =>
  t.field({
    type: Change,
    description:
      'Every change as it is recorded. With `after`, first everything since that cursor, without a gap. Available ' +
      'over WebSocket (graphql-transport-ws) and as server-sent events.',
    args: {
      filter: t.arg({ type: ChangeFilter, description: 'Filters the result.' }),
      after: t.arg.string({ description: 'The cursor of the last change you have processed.' }),
    },
    subscribe: async (_root, { filter, after }, context) =>
      context.feed.subscribe(filterOf(context, filter), (await positionAfter(context, after)) ?? null, context.open),
    resolve: ({ item, page }: Delivery, _args, context) => {
      if (context.page !== page) {
        // Data loaded for earlier changes must not be shown for this one. A whole page can share loaders, since all of
        // it was committed before the page was read.
        context.loaders = createLoaders(context, subjectsOf(page))
        context.page = page
      }
      return item
    },
  }),
)

function subjectsOf(page: Delivery['page']): Companions {
  const changes = page.filter((item): item is StoredChange => !isBreak(item))
  const ids = (id: (change: StoredChange) => string | null) => changes.map(id).filter((found) => found !== null)
  return {
    directory: ids(({ directoryId }) => directoryId),
    directoryUser: ids(({ directoryUserId }) => directoryUserId),
    directoryGroup: ids(({ directoryGroupId }) => directoryGroupId),
    account: ids(({ accountId }) => accountId),
    role: ids(({ roleId }) => roleId),
  }
}
