import {
  BREAK,
  getNamedType,
  isInputObjectType,
  isNonNullType,
  Kind,
  TypeInfo,
  visit,
  visitWithTypeInfo,
  type ASTNode,
  type DocumentNode,
  type FragmentDefinitionNode,
  type OperationDefinitionNode,
  type GraphQLArgument,
  type GraphQLInputField,
  type GraphQLInputType,
  type GraphQLNamedType,
  type GraphQLSchema,
  type SelectionSetNode,
} from 'graphql'

/** What is larger takes long to compile, and much memory. */
const MOST_FIELDS = 500

// No texts, since graphql-jit writes what is literal into the code that it makes, and some of it unquoted: whoever asks could have it
// run what they like. No directives, since it takes conditions of one place for those of another.
const ALLOWED = new Set<string>([
  Kind.DOCUMENT,
  Kind.OPERATION_DEFINITION,
  Kind.VARIABLE_DEFINITION,
  Kind.FRAGMENT_DEFINITION,
  Kind.FRAGMENT_SPREAD,
  Kind.INLINE_FRAGMENT,
  Kind.SELECTION_SET,
  Kind.FIELD,
  Kind.ARGUMENT,
  Kind.NAME,
  Kind.NAMED_TYPE,
  Kind.LIST_TYPE,
  Kind.NON_NULL_TYPE,
  Kind.VARIABLE,
  Kind.INT,
  Kind.FLOAT,
  Kind.BOOLEAN,
  Kind.NULL,
  Kind.ENUM,
  Kind.LIST,
  Kind.OBJECT,
  Kind.OBJECT_FIELD,
])

/**
 * How many fields the only query of a valid document has, those of a fragment wherever it is spread. Null where it is not to be compiled:
 * where it has more than a few hundred, anything that graphql-jit does not deal with as GraphQL does, or a name of JavaScript's or of
 * introspection's, which costs nothing to ask and may be endless to compile.
 */
export function countFields(schema: GraphQLSchema, document: DocumentNode): number | null {
  const { definitions } = document
  const operations = definitions.flatMap((one) => (one.kind === Kind.OPERATION_DEFINITION ? [one] : []))
  const fragments = definitions.flatMap((one) => (one.kind === Kind.FRAGMENT_DEFINITION ? [one] : []))
  const [query] = operations
  if (operations.length !== 1 || query?.operation !== 'query' || !isPlain(schema, document, query)) return null
  const fields = count(query.selectionSet, new Map(fragments.map((one) => [one.name.value, one])), 0)
  return fields > MOST_FIELDS ? null : fields
}

function isPlain(schema: GraphQLSchema, document: DocumentNode, query: OperationDefinitionNode): boolean {
  const types = new TypeInfo(schema)
  const required = query.variableDefinitions?.filter(({ type }) => type.kind === Kind.NON_NULL_TYPE) ?? []
  const given = new Set(required.map(({ variable }) => variable.name.value))
  let is = true
  visit(
    document,
    visitWithTypeInfo(types, {
      enter(node) {
        if (ALLOWED.has(node.kind) && !isStrange(node) && !isDefaulted(node, types) && !isOptional(node, types, given))
          return undefined
        is = false
        return BREAK
      },
    }),
  )
  return is
}

// It does not always give resolvers a default in the place of what was left out, and never comes to an end of an input that may hold
// another one of its type.
function isDefaulted(node: ASTNode, types: TypeInfo): boolean {
  if (node.kind === Kind.VARIABLE_DEFINITION)
    return node.defaultValue !== undefined && node.type.kind === Kind.NON_NULL_TYPE
  if (node.kind !== Kind.FIELD) return false
  const given = new Set(node.arguments?.map((one) => one.name.value))
  const { args = [] } = types.getFieldDef() ?? {}
  return args.some((arg) => hasDefault(arg) || (given.has(arg.name) && !isSimple(arg.type, [])))
}

const hasDefault = (input: GraphQLArgument | GraphQLInputField): boolean =>
  input.default !== undefined || input.defaultValue !== undefined

function isSimple(type: GraphQLInputType, around: readonly GraphQLNamedType[]): boolean {
  const named = getNamedType(type)
  if (!isInputObjectType(named)) return true
  if (around.includes(named)) return false
  const fields = Object.values(named.getFields())
  return fields.every((field) => !hasDefault(field) && isSimple(field.type, [...around, named]))
}

// Where a variable was left out, it gives null for what is missing of an input; and where it is null, also for what must not be.
function isOptional(node: ASTNode, types: TypeInfo, given: ReadonlySet<string>): boolean {
  if (node.kind === Kind.VARIABLE) return isNonNullType(types.getInputType()) && !given.has(node.name.value)
  return node.kind === Kind.OBJECT_FIELD && node.value.kind === Kind.VARIABLE && !given.has(node.value.name.value)
}

function isStrange(node: ASTNode): boolean {
  if (node.kind === Kind.FIELD) return node.alias?.value.startsWith('__') === true
  return node.kind === Kind.NAME && node.value.startsWith('__') && node.value !== '__typename'
}

// Stops as soon as there are too many: what is spread in what is spread may be more than can be counted.
function count(
  { selections }: SelectionSetNode,
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
  before: number,
): number {
  let fields = before
  for (const selection of selections) {
    if (fields > MOST_FIELDS) return fields
    fields += 1
    const inside = selection.kind === Kind.FRAGMENT_SPREAD ? fragments.get(selection.name.value)! : selection
    if (inside.selectionSet !== undefined) fields = count(inside.selectionSet, fragments, fields)
  }
  return fields
}
