import type { DocumentNode, ExecutionArgs, ExecutionResult } from 'graphql'
import { compileQuery, isCompiledQuery, type CompiledQuery } from 'graphql-jit'
import { getOperationAST } from 'graphql'
import type { Plugin } from 'graphql-yoga'

type Compiled = CompiledQuery['query']

// What is asked once is not worth it: to compile takes as long as to execute a few times.
const USES = 3

interface Known {
  uses: number
  /** Null where it cannot be compiled. */
  compiled?: Compiled | null
}

/**
 * Executes a query that comes again by a function that was made for it, which does without looking at the document. Documents
 * are kept by Yoga's own cache, and what was made for them as long. Where something is wrong, GraphQL's executor tells it.
 */
export function compileQueries(): Plugin {
  const known = new WeakMap<DocumentNode, Map<string, Known>>()

  function knownOf({ document, operationName }: ExecutionArgs): Known {
    let ofDocument = known.get(document)
    if (ofDocument === undefined) known.set(document, (ofDocument = new Map<string, Known>()))
    const name = operationName ?? ''
    let one = ofDocument.get(name)
    if (one === undefined) ofDocument.set(name, (one = { uses: 0 }))
    return one
  }

  function compiledOf(args: ExecutionArgs): Compiled | null {
    const one = knownOf(args)
    if (one.compiled === undefined && (one.uses += 1) >= USES) one.compiled = compile(args)
    return one.compiled ?? null
  }

  return {
    onExecute({ args, executeFn, setExecuteFn }) {
      const compiled = compiledOf(args)
      if (compiled === null) return
      setExecuteFn(async (given: ExecutionArgs) => {
        const result = await compiled(given.rootValue, given.contextValue, given.variableValues ?? {})
        return result.errors === undefined ? result : ((await executeFn(given)) as ExecutionResult)
      })
    },
  }
}

function compile({ schema, document, operationName }: ExecutionArgs): Compiled | null {
  if (getOperationAST(document, operationName)?.operation !== 'query') return null
  const made = compileQuery(schema, document, operationName ?? undefined)
  return isCompiledQuery(made) ? made.query : null
}
