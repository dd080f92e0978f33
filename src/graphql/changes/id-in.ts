import type { StoredChange } from '../../changes/read.ts'

/** Returns an id from a change's detail by name. Throws if there is none: every change of such a kind has it. */
export function idIn({ kind, detail }: StoredChange, name: string): string {
  const id = detail?.[name]
  if (typeof id !== 'string') throw new Error(`${kind} without ${name}`)
  return id
}
