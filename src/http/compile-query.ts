import { getOperationAST, getVariableValues, parse, print, type DocumentNode, type GraphQLSchema } from 'graphql'
import type { Context } from '../graphql/context.ts'
import type { Question } from './question.ts'

/** Executes a query. Where anything is wrong it says so by having errors, which are not those that anybody should be told. */
export type ExecuteQuery = (
  context: Context,
  variables: Question['variables'],
) => Promise<{ readonly data?: unknown; readonly errors?: readonly unknown[] }>

type VariableValues = ReturnType<typeof getVariableValues>['variableValues']

/**
 * Makes a function that executes the only query of a document without looking at it. Null where it cannot be compiled. The caller has seen
 * to it that it is one to be compiled: see count-fields.ts.
 */
export async function compileQuery(schema: GraphQLSchema, document: DocumentNode): Promise<ExecuteQuery | null> {
  // Not sooner: each start would wait for the hundred files of it.
  const { compileQuery: compile, isCompiledQuery } = await import('graphql-jit')
  // graphql-jit tells resolvers of variables in the form that GraphQL had before its version 17. What a query costs is reckoned
  // from them where a field at its root is resolved, and all of these are before anything is waited for.
  let variableValues: VariableValues
  const enriched = { get variableValues() { return variableValues } } // prettier-ignore
  // A document of its own, since it writes into the one that it is given.
  const compiled = compile(schema, parse(print(document)), undefined, {
    resolverInfoEnricher: ({ parentType }) => (parentType === schema.getQueryType() ? enriched : {}),
  })
  if (!isCompiledQuery(compiled)) return null
  const definitions = getOperationAST(document)!.variableDefinitions ?? []
  return async (context, variables) => {
    const read = getVariableValues(schema, definitions, variables)
    if (read.errors !== undefined) return read
    ;({ variableValues } = read)
    return compiled.query(undefined, context, variables)
  }
}
