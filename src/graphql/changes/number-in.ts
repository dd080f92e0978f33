import type { StoredChange } from '../../changes/read.ts'

/** A number that a change tells besides, by its name; null where it does not. */
export function numberIn({ detail }: StoredChange, name: string): number | null {
  return typeof detail?.[name] === 'number' ? detail[name] : null
}
