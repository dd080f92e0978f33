import { SnapshotError } from '../workos/snapshot-error.ts'
import type { Seen } from './run-context.ts'

/** Pages that lead back to one another would be read forever, and overlapping pages nearly so. Throws SnapshotError. */
export function refuseCircle(
  seen: Seen,
  list: string,
  { objects, after }: { readonly objects: readonly { readonly id: string }[]; readonly after: string | null },
): void {
  const again = seen.page.list === list && objects.some(({ id }) => seen.page.ids.has(id))
  if (again || (after !== null && seen.cursors.has(`${list} ${after}`)))
    throw new SnapshotError(`The pages of ${list} form a cycle`)
  seen.page = { list, ids: new Set(objects.map(({ id }) => id)) }
  if (after !== null) seen.cursors.add(`${list} ${after}`)
}
