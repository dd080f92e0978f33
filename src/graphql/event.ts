import { hasScope } from '../auth/viewer.ts'
import type { Json } from '../directory/objects.ts'
import type { InboxEvent as Model } from '../generated/prisma/client.ts'
import { builder } from './builder.ts'
import { ChangeSource } from './changes/change-kinds.ts'
import { columnsFor, selectOf } from './lists/columns.ts'
import { connectionType } from './lists/connection-type.ts'
import { readConnection, readJoinedConnection } from './lists/connection.ts'
import type { Context } from './context.ts'
import { Directory } from './directory.ts'
import { oneOf, type Condition, type Listing, type Order } from './lists/listing.ts'
import { Node, registerNode } from './node.ts'
import { ownEvents, type Owned } from './own-events.ts'
import { pageArguments } from './lists/page-arguments.ts'
import { pageCost } from './lists/page-size.ts'

const EventStatus = builder.enumType('EventStatus', {
  description: 'The processing status of a WorkOS event.',
  values: {
    PENDING: { description: 'Acknowledged, not applied yet.' },
    APPLIED: { description: 'Applied, whether or not it changed anything.' },
    STALE: { description: 'Everything in it is older than what was known.' },
    IGNORED: { description: 'Not about directories, or about something that WorkOS no longer knows.' },
    FAILED: { description: 'Cannot be applied: `error` says why.' },
    HELD: { description: 'Awaits approval, or waits behind an event that does: see `approveHeldChanges`.' },
    DISCARDED: {
      description:
        'It will not be applied, unless it is replayed: it was discarded, or rejected while the guard held it.',
    },
  } as const,
})

/** An event of a list. */
type Listed = Omit<Model, 'body'> & { readonly body?: undefined }

export const Event = builder.prismaObject('InboxEvent', {
  name: 'Event',
  description: 'A WorkOS event as received, and its outcome.',
  interfaces: [Node],
  fields: (t) => ({
    id: t.exposeID('id', {
      description: "WorkOS's id: `event_…`. An unreadable event has an id derived from its bytes.",
    }),
    type: t.exposeString('type', { description: 'Its name, such as `dsync.user.created`.' }),
    directory: t.field({
      type: Directory,
      nullable: true,
      description: 'The directory it is about; null if unknown.',
      resolve: ({ directoryId }, _args, { loaders }) =>
        directoryId === null ? null : loaders.directory.load(directoryId),
    }),
    status: t.expose('status', { type: EventStatus, description: 'Its processing status.' }),
    source: t.expose('source', { type: ChangeSource, description: 'How it first arrived.' }),
    attempts: t.exposeInt('attempts', { description: 'How many attempts were made.' }),
    error: t.exposeString('error', {
      nullable: true,
      description: 'What is wrong with it, naming the field, or why the last attempt failed.',
    }),
    payload: t.field({
      type: 'JSON',
      description:
        'The body as received; a string if it is not JSON, is `null`, or is nested more than 500 levels deep.',
      resolve: async ({ id, body }: Model | Listed, _args, { loaders }) =>
        parse(Buffer.from(body ?? (await loaders.eventBody.load(id))?.body ?? '').toString('utf8')),
    }),
    occurredAt: t.expose('occurredAt', {
      type: 'DateTime',
      description:
        "When it happened, by WorkOS's clock; when it was received, if WorkOS's time cannot be read or is more than " +
        'a day ahead.',
    }),
    receivedAt: t.expose('receivedAt', { type: 'DateTime', description: 'When it was received.' }),
    appliedAt: t.expose('appliedAt', { type: 'DateTime', nullable: true, description: 'When it was applied.' }),
  }),
})

// Returns the text itself if it is not JSON (which is why it is FAILED), if it is `null`, which the field cannot be, or
// if it is nested too deeply to be serialized again.
function parse(body: string): Json {
  try {
    const value = JSON.parse(body) as Json
    return value !== null && isShallow(value, DEEPEST) ? value : body
  } catch {
    return body
  }
}

const DEEPEST = 500

function isShallow(value: Json, depth: number): boolean {
  if (typeof value !== 'object' || value === null) return true
  return depth > 0 && Object.values(value).every((item: Json) => isShallow(item, depth - 1))
}

registerNode({
  prefix: 'event_',
  load: async (id, { loaders, viewer }) => {
    const event = hasScope(viewer, 'events:read') ? await loaders.event.load(id) : null
    return event && Event.addBrand(event)
  },
})

const EventConnection = connectionType('Event', Event)

export const EventFilter = builder.inputType('EventFilter', {
  description: 'Filters events. Omitted fields do not restrict.',
  fields: (t) => ({
    status: t.field({ type: [EventStatus], description: 'With one of these statuses.' }),
    type: t.stringList({ description: 'Of one of these types, such as `dsync.user.created`.' }),
    directoryId: t.id({ description: 'About this directory.' }),
    organizationId: t.id({ description: 'About a directory of this organization.' }),
    receivedAfter: t.field({ type: 'DateTime', description: 'Received after this moment.' }),
  }),
})

// Without bodies: of the events of several directories, those of one page are read in the end.
const columns = {
  id: 'id',
  type: 'type',
  directoryId: 'directory_id',
  status: 'status',
  source: 'source',
  attempts: 'attempts',
  error: 'error',
  occurredAt: 'occurred_at',
  receivedAt: 'received_at',
  appliedAt: 'applied_at',
}
const LISTING: Listing = {
  from: 'inbox_event x',
  columns: selectOf(columns),
  columnsFor: columnsFor(columns, ['id'], {
    __typename: [],
    id: [],
    type: ['type'],
    directory: ['directoryId'],
    status: ['status'],
    source: ['source'],
    attempts: ['attempts'],
    error: ['error'],
    payload: [],
    occurredAt: ['occurredAt'],
    receivedAt: ['receivedAt'],
    appliedAt: ['appliedAt'],
  }),
  parent: null,
  indexes: [['x.status', 'x.received_at'], ['x.type', 'x.received_at'], ['x.received_at']],
}
const NEWEST_FIRST: Order = { name: 'RECEIVED_AT DESC', column: 'x.received_at', type: 'timestamptz', descending: true }
const OF_DIRECTORY: Listing = { ...LISTING, parent: 'x.directory_id', indexes: [['x.directory_id', 'x.received_at']] }
/** Those that were not simply applied, of which a directory may have few among many. */
const UNUSUAL_OF_DIRECTORY: Listing = {
  ...OF_DIRECTORY,
  always: `x.status <> 'PENDING' and x.status <> 'APPLIED'`,
  indexes: [['x.directory_id', 'x.status', 'x.received_at']],
}
const areUnusual = (statuses: readonly string[] | null | undefined): boolean =>
  statuses?.every((status) => status !== 'PENDING' && status !== 'APPLIED') === true

// Returns the requested directories that the viewer may see; null for all. The inbox has no organization column, but an
// organization has few directories, and the index of each directory's events yields its page.
export async function directoriesOf(
  { db, viewer }: Context,
  directoryId: string | null | undefined,
  organizationId: string | null | undefined,
): Promise<({ id: string } & Owned)[] | null> {
  const organizationIds = [viewer.organizationId, organizationId].filter((id) => id != null)
  if (organizationIds.length === 0) return directoryId == null ? null : [{ id: directoryId, foreignUntil: null }]
  const [one, other = null] = organizationIds
  const text = `
    select id, foreign_until as "foreignUntil" from directory
    where organization_id = $1 and ($2::text is null or organization_id = $2) and ($3::text is null or id = $3)`
  return db.quick.query<{ id: string } & Owned>(text, [one, other, directoryId ?? null])
}

builder.queryField('events', (t) =>
  t.field({
    type: EventConnection,
    authScopes: { scope: 'events:read' },
    description:
      'Incoming WorkOS events, newest first. Organization-bound viewers see only those from their current, ' +
      'unbroken ownership of the directory. Needs the scopes `events:read` and `directory:read`.',
    args: { ...pageArguments(t.arg), filter: t.arg({ type: EventFilter, description: 'Filters the result.' }) },
    complexity: pageCost,
    resolve: async (_root, { filter, ...args }, context, info) => {
      const { status, type, directoryId, organizationId, receivedAfter } = filter ?? {}
      const conditions: Condition[] = []
      if (status != null) conditions.push(oneOf('x.status', '"EventStatus"', status))
      if (type != null) conditions.push(oneOf('x.type', 'text', type))
      if (receivedAfter != null) conditions.push({ sql: 'x.received_at > ?', value: receivedAfter })
      const directories = await directoriesOf(context, directoryId, organizationId)
      const byId = new Map(directories?.map((directory) => [directory.id, directory]))
      const isBound = context.viewer.organizationId !== null
      const conditionsOf = (id: string) => (isBound ? ownEvents(byId.get(id)!) : [])
      const request = { info, conditions, order: NEWEST_FIRST, args }
      return directories === null
        ? readConnection<Model>(context, { ...request, listing: LISTING, parentId: null })
        : readJoinedConnection<Model>(context, {
            ...request,
            listing: areUnusual(status) ? UNUSUAL_OF_DIRECTORY : OF_DIRECTORY,
            parentIds: [...byId.keys()],
            conditionsOf,
          })
    },
  }),
)
