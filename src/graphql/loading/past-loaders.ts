import DataLoader from 'dataloader'
import { positionAt, type Moment } from '../../changes/position-at.ts'
import type { Queryable } from '../../db/database.ts'
import type { DirectoryUser } from '../../generated/prisma/client.ts'
import { findAnothers } from './find-anothers.ts'
import { findPurged, type Whole } from './find-purged.ts'
import { rewindUsers } from './rewind-users.ts'

export interface PastLoaders {
  /** The place of a moment in the change log, by its milliseconds; null where what happened since then was purged. */
  readonly moment: DataLoader<number, Moment | null>
  /** Users as they were at a place of the change log: of all lists of an operation in one statement. */
  rewound(position: number): DataLoader<DirectoryUser, DirectoryUser>
  /** Whether somebody was in a directory or group at a place of the change log who has been purged since. */
  purged(whole: Whole, position: number): DataLoader<string, boolean>
  /** Whether a directory, or that of a group, was another organization's at a place of the change log. */
  anothers(whole: Whole, position: number): DataLoader<string, boolean>
}

export function createPastLoaders(db: Queryable, organizationId: string | null): PastLoaders {
  const rewinds = new Map<number, DataLoader<DirectoryUser, DirectoryUser>>()
  const purges = new Map<string, DataLoader<string, boolean>>()
  const owners = new Map<string, DataLoader<string, boolean>>()
  return {
    moment: new DataLoader((moments) => Promise.all(moments.map((at) => positionAt(db, new Date(at))))),
    rewound(position) {
      let loader = rewinds.get(position)
      if (loader === undefined)
        rewinds.set(position, (loader = new DataLoader((users) => rewindUsers(db, users, position))))
      return loader
    },
    purged: (whole, position) =>
      remembered(purges, `${whole} ${position}`, (ids) => findPurged(db, whole, ids, position, organizationId)),
    anothers: (whole, position) =>
      remembered(owners, `${whole} ${position}`, (ids) => findAnothers(db, whole, ids, position)),
  }
}

/** One loader for each key, which says of ids whether they are among those that are found. */
function remembered(
  loaders: Map<string, DataLoader<string, boolean>>,
  key: string,
  find: (ids: readonly string[]) => Promise<Set<string>>,
): DataLoader<string, boolean> {
  let loader = loaders.get(key)
  if (loader === undefined) {
    loader = new DataLoader(async (ids) => {
      const found = await find(ids)
      return ids.map((id) => found.has(id))
    })
    loaders.set(key, loader)
  }
  return loader
}
