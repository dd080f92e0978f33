import type { FieldNode, GraphQLResolveInfo } from 'graphql'
import { fieldsOf } from './asked-of-page.ts'

// Keyed by field node: documents are cached across requests.
const known = new WeakMap<FieldNode, ReadonlySet<string>>()

/** Returns the names of the fields selected on an object, including those that a directive skips. */
export function askedOfOne({ fieldNodes, fragments }: GraphQLResolveInfo): ReadonlySet<string> {
  const field = fieldNodes.length === 1 ? fieldNodes[0] : undefined
  const before = field && known.get(field)
  if (before !== undefined) return before
  const asked = new Set(fieldsOf(fieldNodes, fragments).map(({ name }) => name.value))
  if (field !== undefined) known.set(field, asked)
  return asked
}
