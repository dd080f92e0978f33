import type { StoredChange } from '../../changes/read.ts'
import type { Json } from '../../directory/objects.ts'

/** The options of the field that holds what the changed fields were before. */
export function previousField(description = 'The previous values of the changed fields, by name.') {
  return {
    type: 'JSON',
    nullable: true,
    description,
    resolve: ({ previous }: StoredChange) => previous as Json,
  } as const
}
