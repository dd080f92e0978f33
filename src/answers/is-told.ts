import { BREAK, Kind, TypeInfo, visit, visitWithTypeInfo, type DocumentNode, type GraphQLSchema } from 'graphql'
import { toldFields, untoldArguments } from './told-fields.ts'

const told = new Map(Object.entries(toldFields).map(([type, fields]) => [type, new Set(fields)]))
const untold = new Set(untoldArguments)
const DIRECTIVES = new Set(['include', 'skip'])

/** Whether a valid document contains only queries of told fields. Computed once per document. */
export function createIsTold(schema: GraphQLSchema): (document: DocumentNode) => boolean {
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
        if (node.kind === Kind.ARGUMENT && untold.has(node.name.value)) return end()
        if (node.kind !== Kind.FIELD || node.name.value === '__typename') return undefined
        return told.get(types.getParentType()?.name ?? '')?.has(node.name.value) === true ? undefined : end()
      },
    }),
  )
  return is
}
