import type { AttributeName } from '../directory/attributes.ts'

/**
 * Changes where an attribute of a directory's users is read from; null resets it to its provider's default. Returns how
 * many users' values changed.
 */
export type UpdateAttributeMapping = (update: {
  readonly directoryId: string
  readonly attribute: AttributeName
  readonly pointers: readonly string[] | null
  readonly actor: string
}) => Promise<number>
