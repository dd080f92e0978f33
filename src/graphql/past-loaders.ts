import DataLoader from 'dataloader'
import { positionAt, type Moment } from '../changes/position-at.ts'
import type { Queryable } from '../db/database.ts'
import type { DirectoryUser } from '../generated/prisma/client.ts'
import { rewindUsers } from './rewind-users.ts'

export interface PastLoaders {
  /** The place of a moment in the change log, by its milliseconds; null where what happened since then was purged. */
  readonly moment: DataLoader<number, Moment | null>
  /** Users as they were at a place of the change log: of all lists of an operation in one statement. */
  rewound(position: number): DataLoader<DirectoryUser, DirectoryUser>
}

export function createPastLoaders(db: Queryable): PastLoaders {
  const rewinds = new Map<number, DataLoader<DirectoryUser, DirectoryUser>>()
  return {
    moment: new DataLoader((moments) => Promise.all(moments.map((at) => positionAt(db, new Date(at))))),
    rewound(position) {
      let loader = rewinds.get(position)
      if (loader === undefined)
        rewinds.set(position, (loader = new DataLoader((users) => rewindUsers(db, users, position))))
      return loader
    },
  }
}
