import DataLoader from 'dataloader'
import { positionAt, type Moment } from '../changes/position-at.ts'
import type { Queryable } from '../db/database.ts'
import type { DirectoryUser } from '../generated/prisma/client.ts'
import { findPurged, type Whole } from './find-purged.ts'
import { rewindUsers } from './rewind-users.ts'

export interface PastLoaders {
  /** The place of a moment in the change log, by its milliseconds; null where what happened since then was purged. */
  readonly moment: DataLoader<number, Moment | null>
  /** Users as they were at a place of the change log: of all lists of an operation in one statement. */
  rewound(position: number): DataLoader<DirectoryUser, DirectoryUser>
  /** Whether somebody was in a directory or group at a place of the change log who has been purged since. */
  purged(whole: Whole, position: number): DataLoader<string, boolean>
}

export function createPastLoaders(db: Queryable, organizationId: string | null): PastLoaders {
  const rewinds = new Map<number, DataLoader<DirectoryUser, DirectoryUser>>()
  const purges = new Map<string, DataLoader<string, boolean>>()
  return {
    moment: new DataLoader((moments) => Promise.all(moments.map((at) => positionAt(db, new Date(at))))),
    rewound(position) {
      let loader = rewinds.get(position)
      if (loader === undefined)
        rewinds.set(position, (loader = new DataLoader((users) => rewindUsers(db, users, position))))
      return loader
    },
    purged(whole, position) {
      const key = `${whole} ${position}`
      let loader = purges.get(key)
      if (loader === undefined) {
        loader = new DataLoader(async (ids) => {
          const found = await findPurged(db, whole, ids, position, organizationId)
          return ids.map((id) => found.has(id))
        })
        purges.set(key, loader)
      }
      return loader
    },
  }
}
