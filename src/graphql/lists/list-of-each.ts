import type { GraphQLResolveInfo } from 'graphql'
import { readConnection, readConnections } from './connection.ts'
import type { Connection } from './connection-type.ts'
import type { Context } from '../context.ts'
import type { PageRequest } from './page-plan.ts'
import type { ConnectionArguments } from './page-size.ts'

/** The arguments of a list. */
export interface ListArguments<Filter = null, Order = null> extends ConnectionArguments {
  readonly filter?: Filter | null | undefined
  readonly orderBy?: Order | null | undefined
}

interface Parent {
  readonly id: string
}

/** Reads the list of one parent. */
type ReadAlone<Model> = (parent: Parent) => Promise<Connection<Model>>

/**
 * Resolves the list of one parent, or those of several parents together for the executor (executor/plan.ts), since the
 * request does not depend on the parent. If `requestOf` returns a function, that reads the list of each.
 */
export function listOfEach<
  Model extends { id: string },
  Args extends ListArguments<unknown, unknown> = ConnectionArguments,
>(requestOf: (args: Args, context: Context, info: GraphQLResolveInfo) => PageRequest | ReadAlone<Model>) {
  const resolve = (parent: Parent, args: Args, context: Context, info: GraphQLResolveInfo) => {
    const request = requestOf(args, context, info)
    return typeof request === 'function'
      ? request(parent)
      : readConnection<Model>(context, { ...request, parentId: parent.id })
  }
  const together = (parents: readonly Parent[], args: Args, context: Context, info: GraphQLResolveInfo) => {
    const request = requestOf(args, context, info)
    if (typeof request === 'function') return null
    const parentIds = parents.map(({ id }) => id)
    return readConnections<Model>(context, request, parentIds)
  }
  return Object.assign(resolve, { together })
}
