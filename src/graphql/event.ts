import { hasScope } from '../auth/viewer.ts'
import type { Json } from '../directory/objects.ts'
import type { InboxEvent as Model } from '../generated/prisma/client.ts'
import { builder } from './builder.ts'
import { ChangeSource } from './changes/change-kinds.ts'
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
  description: 'How far an event of WorkOS has come.',
  values: {
    PENDING: { description: 'Acknowledged, and to be applied.' },
    APPLIED: { description: 'Applied, whether or not it changed anything.' },
    STALE: { description: 'All that it says is older than what was known.' },
    IGNORED: { description: 'Not about directories, or about something that WorkOS knows no more.' },
    FAILED: { description: 'Cannot be applied: `error` says why.' },
    HELD: { description: 'Waits for somebody to approve it, or behind one that does: see `approveHeldChanges`.' },
    DISCARDED: { description: 'Somebody decided that it is not to be applied.' },
  } as const,
})

export const Event = builder.prismaObject('InboxEvent', {
  name: 'Event',
  description: 'An event of WorkOS as it came in, and what became of it.',
  interfaces: [Node],
  fields: (t) => ({
    id: t.exposeID('id', {
      description: "WorkOS's id: `event_…`. One that could not be read has an id made from its bytes.",
    }),
    type: t.exposeString('type', { description: 'Its name, such as `dsync.user.created`.' }),
    directory: t.field({
      type: Directory,
      nullable: true,
      description: 'The directory that it is about; null where that is unknown.',
      resolve: ({ directoryId }, _args, { loaders }) =>
        directoryId === null ? null : loaders.directory.load(directoryId),
    }),
    status: t.expose('status', { type: EventStatus, description: 'How far it has come.' }),
    source: t.expose('source', { type: ChangeSource, description: 'How it came in first.' }),
    attempts: t.exposeInt('attempts', { description: 'How often it was tried.' }),
    error: t.exposeString('error', {
      nullable: true,
      description: 'What is wrong with it, naming the field; what the last attempt failed with.',
    }),
    payload: t.field({
      type: 'JSON',
      description: 'The body as it came; a text where it is not JSON, is `null`, or is nested more than 500 deep.',
      resolve: ({ body }) => parse(Buffer.from(body).toString('utf8')),
    }),
    occurredAt: t.expose('occurredAt', { type: 'DateTime', description: "When it happened, by WorkOS's clock." }),
    receivedAt: t.expose('receivedAt', { type: 'DateTime', description: 'When it came in.' }),
    appliedAt: t.expose('appliedAt', { type: 'DateTime', nullable: true, description: 'When it was applied.' }),
  }),
})

// A text where it is not JSON (which is why it is FAILED), where it is `null`, which the field cannot be, and where it
// is nested so deeply that nobody could write it out again.
function parse(body: string): Json {
  if (isTooDeep(body)) return body
  try {
    return (JSON.parse(body) as Json) ?? body
  } catch {
    return body
  }
}

const DEEPEST = 500

function isTooDeep(json: string): boolean {
  let depth = 0
  for (const [bracket] of json.matchAll(/"(?:[^"\\]|\\.)*"|[[{\]}]/gs)) {
    if (bracket === '[' || bracket === '{') depth += 1
    else if (bracket === ']' || bracket === '}') depth -= 1
    if (depth > DEEPEST) return true
  }
  return false
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
  description: 'Which events. What is left out does not restrict.',
  fields: (t) => ({
    status: t.field({ type: [EventStatus], description: 'Of one of these statuses.' }),
    type: t.stringList({ description: 'Of one of these types, such as `dsync.user.created`.' }),
    directoryId: t.id({ description: 'About this directory.' }),
    organizationId: t.id({ description: 'About a directory of this organization.' }),
    receivedAfter: t.field({ type: 'DateTime', description: 'That came in after this moment.' }),
  }),
})

const LISTING: Listing = {
  from: 'inbox_event x',
  columns: `
    x.id, x.type, x.directory_id as "directoryId", x.status, x.source, x.attempts, x.error, x.body,
    x.occurred_at as "occurredAt", x.received_at as "receivedAt", x.applied_at as "appliedAt"`,
  parent: null,
}
const NEWEST_FIRST: Order = { name: 'RECEIVED_AT DESC', column: 'x.received_at', type: 'timestamptz', descending: true }
const OF_DIRECTORY: Listing = { ...LISTING, parent: 'x.directory_id' }

// The directories whose events are asked for and may be seen; null for all. An organization has few of them, and the
// index of each directory's events gives its page: the inbox itself knows no organizations.
export async function directoriesOf(
  { db, viewer }: Context,
  directoryId: string | null | undefined,
  organizationId: string | null | undefined,
): Promise<({ id: string } & Owned)[] | null> {
  const organizationIds = [viewer.organizationId, organizationId].filter((id) => id != null)
  if (organizationIds.length === 0) return directoryId == null ? null : [{ id: directoryId, foreignUntil: null }]
  const of = {
    AND: organizationIds.map((id) => ({ organizationId: id })),
    ...(directoryId != null && { id: directoryId }),
  }
  return db.prisma.directory.findMany({ where: of, select: { id: true, foreignUntil: true } })
}

builder.queryField('events', (t) =>
  t.field({
    type: EventConnection,
    authScopes: { scope: 'events:read' },
    description:
      'The events of WorkOS that came in, newest first. Who is bound to an organization sees those that happened while the ' +
      'directory was its, as far back as it is without a break. Needs the scopes `events:read` and `directory:read`.',
    args: { ...pageArguments(t.arg), filter: t.arg({ type: EventFilter, description: 'Which ones.' }) },
    complexity: pageCost,
    resolve: async (_root, { filter, ...args }, context) => {
      const { status, type, directoryId, organizationId, receivedAfter } = filter ?? {}
      const conditions: Condition[] = []
      if (status != null) conditions.push(oneOf('x.status', '"EventStatus"', status))
      if (type != null) conditions.push(oneOf('x.type', 'text', type))
      if (receivedAfter != null) conditions.push({ sql: 'x.received_at > ?', value: receivedAfter })
      const directories = await directoriesOf(context, directoryId, organizationId)
      const byId = new Map(directories?.map((directory) => [directory.id, directory]))
      const isBound = context.viewer.organizationId !== null
      const conditionsOf = (id: string) => (isBound ? ownEvents(byId.get(id)!) : [])
      const request = { conditions, order: NEWEST_FIRST, args }
      return directories === null
        ? readConnection<Model>(context, { ...request, listing: LISTING, parentId: null })
        : readJoinedConnection<Model>(context, {
            ...request,
            listing: OF_DIRECTORY,
            parentIds: [...byId.keys()],
            conditionsOf,
          })
    },
  }),
)
