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

const PAST: Omit<Listing, 'parent'> = {
  from: 'directory_user x',
  columns: directoryUserColumns,
  mirrors: 'directoryId',
}

// The first change of a user since then tells the earlier state; without one, it is as it is now. All of these changes
// are read once and joined: looking for each user's takes several times as long.
const firstOfEach = (was: string, changes: string) => `
  select distinct on (c.user_id) c.user_id, ${was} as was from change c where ${changes} order by c.user_id, c.position`

// A removal: the user was a member. Someone purged since has no row: either they were not there, or the moment is
// refused.
const membersAt = (position: number): Listing => {
  const kinds = `c.kind in ('MEMBERSHIP_ADDED', 'MEMBERSHIP_REMOVED')`
  const since = firstOfEach(`c.kind = 'MEMBERSHIP_REMOVED'`, `c.group_id = ? and c.position > ${position} and ${kinds}`)
  return {
    ...PAST,
    parent: 'group',
    workedOut: {
      all: `
        select m.user_id as id from membership m left join (${since}) since using (user_id)
        where m.group_id = ? and m.visible and since.user_id is null
        union all
        select u.id from (${since}) since join directory_user u on u.id = since.user_id where since.was`,
    },
  }
}

// A user who came back from a tombstone is recognised by their former state; a tombstone of a user who was never seen
// did not exist before. For a user who was purged and is new, the log has no former states: either their earlier life
// had not begun, or the moment is refused.
const usersAt = (position: number): Listing => {
  const was = `c.kind = 'DIRECTORY_USER_DELETED' and coalesce(c.detail ->> 'was', '') <> 'UNSEEN' and c.purged_since is null`
  // Other kinds only change their fields.
  const since = `c.position > ${position} and c.kind in ('DIRECTORY_USER_CREATED', 'DIRECTORY_USER_DELETED', 'DIRECTORY_USER_REACTIVATED')
    and (c.kind <> 'DIRECTORY_USER_REACTIVATED' or c.previous ->> 'state' = 'DELETED')`
  const there = `x.directory_id = ? and x.state <> 'UNSEEN' and coalesce(since.was, x.state <> 'DELETED')`
  return {
    ...PAST,
    parent: 'x.directory_id',
    workedOut: {
      near: `
        select x.id from next x left join lateral (
          select ${was} as was from change c where c.user_id = x.id and ${since} order by c.position limit 1
        ) since on true where ${there}`,
      // Separated from the order: PostgreSQL would walk all users in it until it met the directory's.
      all: `
        select x.id from directory_user x left join (${firstOfEach(was, `c.directory_id = ? and ${since}`)}) since on since.user_id = x.id
        where ${there} offset 0`,
    },
  }
}

/** The argument of lists that can be read as of a past moment. */
export interface AsOfArgument {
  readonly asOf?: Date | null | undefined
}

const BY_ID: Order = { name: 'AS_OF ID', column: 'x.id', type: 'text', descending: false, unique: true }

interface PastRequest {
  readonly whole: Whole
  readonly listing: Listing
  readonly position: number
  readonly parentId: string
  readonly args: ConnectionArguments
}

async function readAsOf(context: Context, { whole, listing, position, parentId, args }: PastRequest) {
  // Organization-bound viewers see nothing from the time when the directory belonged to another organization (law 8).
  if (context.viewer.organizationId !== null && (await context.loaders.past.anothers(whole, position).load(parentId)))
    throw new ValidationError({ path: ['asOf'], message: 'is before the directory belonged to the organization' })
  const page = await readConnection<Model>(context, { listing, conditions: [], order: BY_ID, parentId, args })
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
    position,
    parentId: directoryId,
    args,
  })
}

/** Throws ValidationError if a filter or an order is given: these apply to current values. */
export function refuseWithAsOf(asked: object | null | undefined, name: string): void {
  if (asked != null) throw new ValidationError({ path: [name], message: 'cannot be combined with asOf' })
}
