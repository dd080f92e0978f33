/**
 * Records the directories whose rows a response holds. Every row of every response passes through here, and most share
 * a directory.
 */
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
