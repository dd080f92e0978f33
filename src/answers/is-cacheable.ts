import { BREAK, Kind, TypeInfo, visit, visitWithTypeInfo, type DocumentNode, type GraphQLSchema } from 'graphql'
import { cacheableFields, uncacheableArguments } from './cacheable-fields.ts'

const cacheable = new Map(Object.entries(cacheableFields).map(([type, fields]) => [type, new Set(fields)]))
const uncacheable = new Set(uncacheableArguments)
const DIRECTIVES = new Set(['include', 'skip'])

/** Whether a valid document contains only queries of cacheable fields. Computed once per document. */
export function createIsCacheable(schema: GraphQLSchema): (document: DocumentNode) => boolean {
  const known = new WeakMap<DocumentNode, boolean>()
  return (document) => {
    let is = known.get(document)
    if (is === undefined) known.set(document, (is = workOut(schema, document)))
    return is
  }
}

function workOut(schema: GraphQLSchema, document: DocumentNode): boolean {
  let is = true
  const types = new TypeInfo(schema)
  const end = () => {
    is = false
    return BREAK
  }
  visit(
    document,
    visitWithTypeInfo(types, {
      enter(node) {
        if (node.kind === Kind.OPERATION_DEFINITION && node.operation !== 'query') return end()
        if (node.kind === Kind.DIRECTIVE && !DIRECTIVES.has(node.name.value)) return end()
        if (node.kind === Kind.ARGUMENT && uncacheable.has(node.name.value)) return end()
        if (node.kind !== Kind.FIELD || node.name.value === '__typename') return undefined
        return cacheable.get(types.getParentType()?.name ?? '')?.has(node.name.value) === true ? undefined : end()
      },
    }),
  )
  return is
}
