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
 * Executes a query and gives its data. Null where a variable is wrong, and rejects with the first fault where anything
 * is while it is executed: GraphQL's own executor says what is answered then.
 */
export type ExecuteQuery = (
  context: unknown,
  variables: Readonly<Record<string, unknown>>,
) => Promise<Readonly<Record<string, unknown>> | null>

/**
 * Makes a function that executes the only query of a valid document without looking at it again: what follows from
 * schema and document is found out once for each way in which its conditions turn out. The caller has seen to it that
 * it is one to be compiled: see count-fields.ts.
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
    // Who may leave out a variable may give null, which is no condition.
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
