/** Notes of which directories an answer holds rows. Most are of the same: every row of every answer comes by here. */
export function noteDirectories<Key extends string>(
  concerned: Set<string> | null,
  rows: readonly object[],
  key: Key,
): void {
  if (concerned === null) return
  let last: string | undefined
  for (const row of rows as readonly Record<Key, string>[]) {
    if (row[key] === last) continue
    last = row[key]
    if (last !== '') concerned.add(last) // a change that happened in none
  }
}
