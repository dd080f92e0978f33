import type { StoredChange } from '../../changes/read.ts'

/** Returns a number from a change's detail by name; null if there is none. */
export function numberIn({ detail }: StoredChange, name: string): number | null {
  return typeof detail?.[name] === 'number' ? detail[name] : null
}
