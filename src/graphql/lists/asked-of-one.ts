import type { FieldNode, GraphQLResolveInfo } from 'graphql'
import { fieldsOf } from './asked-of-page.ts'

// Keyed by field node: documents are cached across requests.
const known = new WeakMap<FieldNode, ReadonlySet<string>>()

/** Returns the names of the fields selected on an object, including those that a directive skips. */
export function askedOfOne({ fieldNodes, fragments }: GraphQLResolveInfo): ReadonlySet<string> {
  const [field] = fieldNodes
  const before = fieldNodes.length === 1 ? known.get(field!) : undefined
  if (before !== undefined) return before
  const asked = new Set(fieldsOf(fieldNodes, fragments).map(({ name }) => name.value))
  if (fieldNodes.length === 1) known.set(field!, asked)
  return asked
}
