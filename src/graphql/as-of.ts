// Lists as they were at a past moment: the current entries, without those that were added since and with those that
// were removed since.
import type { DirectoryUser as Model } from '../generated/prisma/client.ts'
import { readConnection } from './lists/connection.ts'
import type { Context } from './context.ts'
import { directoryUserColumns } from './directory-user-columns.ts'
import { ValidationError } from './errors.ts'
import type { Whole } from './loading/find-purged.ts'
import type { Listing, Order } from './lists/listing.ts'
import { type ConnectionArguments } from './lists/page-size.ts'

export const asOfDescription =
  'State as of this moment, by recording time. Available as far back as the change log is kept, unless someone ' +
  'present then has been purged, and for organization-bound viewers only since the directory belonged to it. ' +
  'Entries come in the order of their ids: it cannot be combined with `filter` or an `orderBy`. They have the ids of ' +
  'the present objects: a client with a normalized cache must not store such an answer in it (Apollo: `no-cache`), or ' +
  'it shows the past as the present.'

/**
 * Returns the change log position at a moment. Throws ValidationError if the moment is in the future or before the
 * start of the log.
 */
export async function positionOfMoment({ loaders, now }: Context, asOf: Date): Promise<number> {
  const refuse = (message: string): never => {
    throw new ValidationError({ path: ['asOf'], message })
  }
  if (asOf > now()) refuse('must not be in the future')
  const moment = await loaders.past.moment.load(asOf.getTime())
  return moment === null ? refuse('is before the start of the change log') : moment.position
}

const MEMBERSHIP = `('MEMBERSHIP_ADDED', 'MEMBERSHIP_REMOVED')`
/** The kinds that decide whether a user exists; other kinds only change their fields. */
const LIFE = `('DIRECTORY_USER_CREATED', 'DIRECTORY_USER_DELETED', 'DIRECTORY_USER_REACTIVATED')`

// For each pair, the first change since then tells the earlier state: if it is a removal, the user was a member.
const membersAt = (position: number): Listing => ({
  from: `(
    select m.group_id, m.user_id from membership m
    where m.visible and not exists (
      select from change c where c.user_id = m.user_id and c.group_id = m.group_id and c.position > ${position} and c.kind in ${MEMBERSHIP})
    union all
    select c.group_id, c.user_id from change c
    where c.position > ${position} and c.kind = 'MEMBERSHIP_REMOVED' and not exists (
      select from change e where e.user_id = c.user_id and e.group_id = c.group_id and e.position > ${position}
        and e.position < c.position and e.kind in ${MEMBERSHIP})
  ) m join directory_user x on x.id = m.user_id`,
  columns: directoryUserColumns,
  parent: 'm.group_id',
  mirrors: 'directoryId',
  passing: true,
})

// The same for a user's lifetime. A user who came back from a tombstone is recognised by their former state; a
// tombstone of a user who was never seen did not exist before. For a user who was purged and is new, the log has no
// former states: either their earlier life had not begun, or the moment is refused.
const usersAt = (position: number): Listing => ({
  from: 'directory_user x',
  columns: directoryUserColumns,
  parent: 'x.directory_id',
  mirrors: 'directoryId',
  passing: true,
  always: `x.state <> 'UNSEEN' and coalesce((
    select c.kind = 'DIRECTORY_USER_DELETED' and coalesce(c.detail ->> 'was', '') <> 'UNSEEN' and c.purged_since is null from change c
    where c.user_id = x.id and c.position > ${position} and c.kind in ${LIFE}
      and (c.kind <> 'DIRECTORY_USER_REACTIVATED' or c.previous ->> 'state' = 'DELETED')
    order by c.position limit 1
  ), x.state <> 'DELETED')`,
})

/** The argument of lists that can be read as of a past moment. */
export interface AsOfArgument {
  readonly asOf?: Date | null | undefined
}

const BY_ID: Order = { name: 'AS_OF ID', column: 'x.id', type: 'text', descending: false, unique: true }
// The same id, by which memberships are sorted before their users are looked up.
const BY_USER_ID: Order = { ...BY_ID, column: 'm.user_id' }

interface PastRequest {
  readonly whole: Whole
  readonly listing: Listing
  readonly order: Order
  readonly position: number
  readonly parentId: string
  readonly args: ConnectionArguments
}

async function readAsOf(context: Context, { whole, listing, order, position, parentId, args }: PastRequest) {
  // Organization-bound viewers see nothing from the time when the directory belonged to another organization (law 8).
  if (context.viewer.organizationId !== null && (await context.loaders.past.anothers(whole, position).load(parentId)))
    throw new ValidationError({ path: ['asOf'], message: 'is before the directory belonged to the organization' })
  const page = await readConnection<Model>(context, { listing, conditions: [], order, parentId, args })
  const rewound = context.loaders.past.rewound(position)
  const users = await Promise.all(page.nodes.map((node) => rewound.load(node)))
  // Checked last, so that no user purged between the two reads goes missing silently.
  if (await context.loaders.past.purged(whole, position).load(parentId))
    throw new ValidationError({
      path: ['asOf'],
      message: 'is not available: a user who was present then has been purged since',
    })
  return {
    nodes: users,
    cursorAt: (index: number) => page.cursorAt(index),
    totalCount: () => page.totalCount(),
    hasNextPage: page.hasNextPage,
    hasPreviousPage: page.hasPreviousPage,
  }
}

/**
 * Returns the members that a group had at a moment, by id, each as they were then. Also throws ValidationError if one
 * has been purged since.
 */
export async function membersAsOf(context: Context, groupId: string, asOf: Date, args: ConnectionArguments) {
  const position = await positionOfMoment(context, asOf)
  return readAsOf(context, {
    whole: 'group',
    listing: membersAt(position),
    order: BY_USER_ID,
    position,
    parentId: groupId,
    args,
  })
}

/**
 * Returns the users that a directory had at a moment, by id, each as they were then. Also throws ValidationError if one
 * has been purged since.
 */
export async function usersAsOf(context: Context, directoryId: string, asOf: Date, args: ConnectionArguments) {
  const position = await positionOfMoment(context, asOf)
  return readAsOf(context, {
    whole: 'directory',
    listing: usersAt(position),
    order: BY_ID,
    position,
    parentId: directoryId,
    args,
  })
}

/** Throws ValidationError if a filter or an order is given: these apply to current values. */
export function refuseWithAsOf(asked: object | null | undefined, name: string): void {
  if (asked != null) throw new ValidationError({ path: [name], message: 'cannot be combined with asOf' })
}
