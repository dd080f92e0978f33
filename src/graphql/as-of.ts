// Lists as they were at a past moment: what is there now, without what came since, and with what went since.
import type { DirectoryUser as Model } from '../generated/prisma/client.ts'
import { readConnection } from './lists/connection.ts'
import type { Context } from './context.ts'
import { directoryUserColumns } from './directory-user-columns.ts'
import { ValidationError } from './errors.ts'
import type { Whole } from './loading/find-purged.ts'
import type { Listing, Order } from './lists/listing.ts'
import { type ConnectionArguments } from './lists/page-size.ts'

export const asOfDescription =
  'As of this moment, by when changes were recorded here: as far back as the change log is kept, and where nobody who was there then has ' +
  'been purged since; for who is bound to an organization, since the directory has been its. Cannot be combined with `filter`.'

/**
 * The place in the change log that a moment stands for. Throws ValidationError where it is ahead, or the log reaches
 * less far.
 */
export async function positionOfMoment({ loaders, now }: Context, asOf: Date): Promise<number> {
  const refuse = (message: string): never => {
    throw new ValidationError({ path: ['asOf'], message })
  }
  if (asOf > now()) refuse('must not be in the future')
  const moment = await loaders.past.moment.load(asOf.getTime())
  return moment === null ? refuse('is before what the change log still holds') : moment.position
}

const MEMBERSHIP = `('MEMBERSHIP_ADDED', 'MEMBERSHIP_REMOVED')`
/** What makes a user be there or not; others change how they are. */
const LIFE = `('DIRECTORY_USER_CREATED', 'DIRECTORY_USER_DELETED', 'DIRECTORY_USER_REACTIVATED')`

// Of each pair the first change since then tells how it was: whoever was removed first had been a member.
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
})

// The same of a user's life. Who came back from a tombstone says so by its former state; a tombstone of somebody who
// was never seen was nobody before. Of whom was purged and is new, the log has no former states: what ended then had
// not begun, or the moment is refused.
const usersAt = (position: number): Listing => ({
  from: 'directory_user x',
  columns: directoryUserColumns,
  parent: 'x.directory_id',
  mirrors: 'directoryId',
  always: `x.state <> 'UNSEEN' and coalesce((
    select c.kind = 'DIRECTORY_USER_DELETED' and coalesce(c.detail ->> 'was', '') <> 'UNSEEN' and c.purged_since is null from change c
    where c.user_id = x.id and c.position > ${position} and c.kind in ${LIFE}
      and (c.kind <> 'DIRECTORY_USER_REACTIVATED' or c.previous ->> 'state' = 'DELETED')
    order by c.position limit 1
  ), x.state <> 'DELETED')`,
})

/** Of a list that may be asked for as it was at a moment. */
export interface AsOfArgument {
  readonly asOf?: Date | null | undefined
}

const BY_ID: Order = { name: 'AS_OF ID', column: 'x.id', type: 'text', descending: false, unique: true }

async function readAsOf(
  context: Context,
  whole: Whole,
  listing: Listing,
  position: number,
  parentId: string,
  args: ConnectionArguments,
) {
  // Who is bound to an organization sees nothing of a time when the directory was another one's (law 8).
  if (context.viewer.organizationId !== null && (await context.loaders.past.anothers(whole, position).load(parentId)))
    throw new ValidationError({ path: ['asOf'], message: 'is before the directory came to the organization' })
  const page = await readConnection<Model>(context, { listing, conditions: [], order: BY_ID, parentId, args })
  const rewound = context.loaders.past.rewound(position)
  const users = await Promise.all(page.nodes.map((node) => rewound.load(node)))
  // Last, so that nobody is missing unsaid who is purged between the two.
  if (await context.loaders.past.purged(whole, position).load(parentId))
    throw new ValidationError({ path: ['asOf'], message: 'somebody was there then who has been purged since' })
  return {
    nodes: users,
    cursorAt: (index: number) => page.cursorAt(index),
    totalCount: () => page.totalCount(),
    hasNextPage: page.hasNextPage,
    hasPreviousPage: page.hasPreviousPage,
  }
}

/**
 * Members that a group had at a moment, by id, each as they were then. Throws ValidationError also where one was purged
 * since.
 */
export async function membersAsOf(context: Context, groupId: string, asOf: Date, args: ConnectionArguments) {
  const position = await positionOfMoment(context, asOf)
  return readAsOf(context, 'group', membersAt(position), position, groupId, args)
}

/**
 * Users that a directory had at a moment, by id, each as they were then. Throws ValidationError also where one was
 * purged since.
 */
export async function usersAsOf(context: Context, directoryId: string, asOf: Date, args: ConnectionArguments) {
  const position = await positionOfMoment(context, asOf)
  return readAsOf(context, 'directory', usersAt(position), position, directoryId, args)
}

/** Throws ValidationError: what a filter or an order looks at is how things are now. */
export function refuseWithAsOf(asked: object | null | undefined, name: string): void {
  if (asked != null) throw new ValidationError({ path: [name], message: 'cannot be combined with asOf' })
}
