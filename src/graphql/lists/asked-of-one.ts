import type { FieldNode, GraphQLResolveInfo } from 'graphql'
import { fieldsOf } from './asked-of-page.ts'

// By the field that asks: documents are kept from one request to the next.
const known = new WeakMap<FieldNode, ReadonlySet<string>>()

/** The names of the fields that are asked of an object, also what a directive leaves out. */
export function askedOfOne({ fieldNodes, fragments }: GraphQLResolveInfo): ReadonlySet<string> {
  const [field] = fieldNodes
  const before = fieldNodes.length === 1 ? known.get(field!) : undefined
  if (before !== undefined) return before
  const asked = new Set(fieldsOf(fieldNodes, fragments).map(({ name }) => name.value))
  if (fieldNodes.length === 1) known.set(field!, asked)
  return asked
}
