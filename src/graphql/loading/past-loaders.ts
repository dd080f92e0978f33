import DataLoader from 'dataloader'
import { positionAt, type Moment } from '../../changes/position-at.ts'
import type { Queryable } from '../../db/database.ts'
import type { DirectoryUser } from '../../generated/prisma/client.ts'
import { shared } from './batch.ts'
import { findAnothers } from './find-anothers.ts'
import { findPurged, type Whole } from './find-purged.ts'
import { rewindUsers } from './rewind-users.ts'

/** Lookups in the past of objects that the viewer was shown (law 8). */
export interface PastLoaders {
  /** The change log position at a moment, by its milliseconds; null if changes since then were purged. */
  readonly moment: DataLoader<number, Moment | null>
  /** Users as they were at a change log position, for all lists of an operation in one statement. */
  rewound(position: number): DataLoader<DirectoryUser, DirectoryUser>
  /** Whether a directory or group contained, at a change log position, a user who has been purged since. */
  purged(whole: Whole, position: number): DataLoader<string, boolean>
  /** Whether a directory, or that of a group, belonged to another organization at a change log position. */
  anothers(whole: Whole, position: number): DataLoader<string, boolean>
}

export function createPastLoaders(db: Queryable, organizationId: string | null): PastLoaders {
  const rewinds = new Map<number, DataLoader<DirectoryUser, DirectoryUser>>()
  const purges = new Map<string, DataLoader<string, boolean>>()
  const owners = new Map<string, DataLoader<string, boolean>>()
  return {
    moment: new DataLoader((moments) => Promise.all(moments.map((at) => positionAt(db, new Date(at))))),
    rewound: (position) => shared(rewinds, position, () => new DataLoader((users) => rewindUsers(db, users, position))),
    purged: (whole, position) =>
      shared(purges, `${whole} ${position}`, () =>
        isAmong((ids) => findPurged(db, whole, ids, position, organizationId)),
      ),
    anothers: (whole, position) =>
      shared(owners, `${whole} ${position}`, () => isAmong((ids) => findAnothers(db, whole, ids, position))),
  }
}

/** Loads whether an id is among those found. */
function isAmong(find: (ids: readonly string[]) => Promise<ReadonlySet<string>>): DataLoader<string, boolean> {
  return new DataLoader(async (ids) => {
    const found = await find(ids)
    return ids.map((id) => found.has(id))
  })
}
