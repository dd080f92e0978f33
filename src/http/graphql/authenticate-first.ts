import { GraphQLError } from 'graphql'
import type { Plugin } from 'graphql-yoga'
import type { Viewer } from '../../auth/viewer.ts'
import type { ServerContext } from './yoga.ts'

/** Throws the GraphQLError that refuses a request. */
export type ViewerOf = (request: Request) => Promise<Viewer>

/**
 * Authenticates before a document is looked at: a stranger learns nothing of the schema, and costs no validation.
 */
export function authenticateFirst(viewerOf: ViewerOf): Plugin<object, ServerContext> {
  return {
    async onParams({ request, context, setResult }) {
      if (context.fault !== undefined || context.viewer !== undefined) return
      try {
        Object.assign(context, { viewer: await viewerOf(request) })
      } catch (error) {
        if (!(error instanceof GraphQLError)) throw error
        setResult({ errors: [error] }) // a thrown one would not be counted among the operations
      }
    },
  }
}
