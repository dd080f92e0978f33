import type { Plugin } from 'graphql-yoga'
import type { Viewer } from '../../auth/viewer.ts'
import type { ServerContext } from './yoga.ts'

/** Authenticates before a document is looked at: a stranger learns nothing of the schema, and costs no validation. */
export function authenticateFirst(viewerOf: (request: Request) => Promise<Viewer>): Plugin<object, ServerContext> {
  return {
    async onParams({ request, context }) {
      if (context.fault === undefined) Object.assign(context, { viewer: context.viewer ?? (await viewerOf(request)) })
    },
  }
}
