// Of a directory that was another organization's, whoever is bound to its present one sees no run that had ended by
// then (law 8). One that was under way has to be decided by somebody.
import type { Directory, SyncRun } from '../generated/prisma/client.ts'
import type { Condition } from './lists/listing.ts'

type Owned = Pick<Directory, 'foreignNotedAt'>

export function isOwnRun({ foreignNotedAt }: Owned, { finishedAt }: SyncRun): boolean {
  return foreignNotedAt === null || finishedAt === null || finishedAt > foreignNotedAt
}

/** The same of a list of its runs. */
export function ownRuns({ foreignNotedAt }: Owned): Condition[] {
  return foreignNotedAt === null ? [] : [{ sql: '(x.finished_at is null or x.finished_at > ?)', value: foreignNotedAt }]
}
