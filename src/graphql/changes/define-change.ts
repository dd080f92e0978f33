import type { FieldMap } from '@pothos/core'
import type { StoredChange } from '../../changes/read.ts'
import { CHANGE_NAMES, type ChangeTypeName } from '../../directory/change-kinds.ts'
import { builder } from '../builder.ts'
import type { ChangeFieldBuilder } from './change-fields.ts'
import { OWN_KINDS } from './change-kinds.ts'
import { Change } from './change-type.ts'

interface Definition {
  readonly description: string
  /** What its `kind` says. */
  readonly kind: string
  readonly fields: (t: ChangeFieldBuilder) => FieldMap
}

/** Defines a type of change, with its own `kind` and the fields that not every change has. */
export function defineChange(name: ChangeTypeName, { description, kind, fields }: Definition): void {
  builder.objectRef<StoredChange>(name).implement({
    description,
    interfaces: [Change],
    fields: (t) => ({
      kind: t.field({
        type: OWN_KINDS[name],
        description: kind,
        resolve: (change) => CHANGE_NAMES[change.kind].ownKind,
      }),
      ...fields(t),
    }),
  })
}
