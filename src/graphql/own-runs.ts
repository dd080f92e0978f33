// If a directory belonged to another organization before, viewers bound to its current one see no run that had ended by
// then (law 8). A run in progress stays visible because it may still need a decision.
import type { Directory, SyncRun } from '../generated/prisma/client.ts'
import type { Condition } from './lists/listing.ts'

type Owned = Pick<Directory, 'foreignNotedAt'>

export function isOwnRun({ foreignNotedAt }: Owned, { finishedAt }: SyncRun): boolean {
  return foreignNotedAt === null || finishedAt === null || finishedAt > foreignNotedAt
}

/** The same for a list of its runs. */
export function ownRuns({ foreignNotedAt }: Owned): Condition[] {
  return foreignNotedAt === null ? [] : [{ sql: '(x.finished_at is null or x.finished_at > ?)', value: foreignNotedAt }]
}
