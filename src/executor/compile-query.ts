import {
  getOperationAST,
  getVariableValues,
  Kind,
  type DocumentNode,
  type FragmentDefinitionNode,
  type GraphQLSchema,
  type SelectionNode,
} from 'graphql'
import { conditionNames } from './count-fields.ts'
import { Execution } from './execution.ts'
import { planQuery, type PlannedField } from './plan.ts'

/**
 * Executes a query and resolves to its data. Resolves to null if a variable is invalid, and rejects with the first
 * error if execution fails: GraphQL's own executor then produces the response.
 */
export type ExecuteQuery = (
  context: unknown,
  variables: Readonly<Record<string, unknown>>,
) => Promise<Readonly<Record<string, unknown>> | null>

/**
 * Compiles the only query of a valid document into a function that executes it without walking the document again: what
 * follows from schema and document is computed once per outcome of its conditions. The caller has checked that it may
 * be compiled: see count-fields.ts.
 */
export function compileQuery(schema: GraphQLSchema, document: DocumentNode): ExecuteQuery {
  const operation = getOperationAST(document)!
  const definitions = operation.variableDefinitions ?? []
  const conditions = conditionNames(document)
  const plans = new Map<string, readonly PlannedField[]>()
  const fragments = Object.fromEntries(
    document.definitions.flatMap((one): [string, FragmentDefinitionNode][] =>
      one.kind === Kind.FRAGMENT_DEFINITION ? [[one.name.value, one]] : [],
    ),
  )

  function planFor(values: Readonly<Record<string, unknown>>): readonly PlannedField[] | null {
    const known = conditions.map((name) => values[name])
    // An optional variable may be null, which is not a valid condition.
    if (!known.every((value) => typeof value === 'boolean')) return null
    const way = known.join()
    let plan = plans.get(way)
    if (plan === undefined) {
      const decided = Object.fromEntries(conditions.map((name) => [name, values[name]]))
      const isLeftOut = (selection: SelectionNode) => leavesOut(selection, decided)
      plans.set(way, (plan = planQuery({ schema, fragments, operation, isLeftOut })))
    }
    return plan
  }

  return async (context, variables) => {
    const { variableValues } = getVariableValues(schema, definitions, variables)
    const plan = variableValues && planFor(variableValues.coerced)
    if (plan == null) return null
    return new Execution(context, variableValues!).run(plan)
  }
}

function leavesOut({ directives }: SelectionNode, values: Readonly<Record<string, unknown>>): boolean {
  return (directives ?? []).some(({ name, arguments: given }) => {
    const value = given?.[0]?.value
    const holds = value?.kind === Kind.VARIABLE ? values[value.name.value] : value?.kind === Kind.BOOLEAN && value.value
    return holds === (name.value === 'skip')
  })
}
