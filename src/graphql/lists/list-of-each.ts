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

type Alone<Model, Args> = (
  parent: Parent,
  args: Args,
  context: Context,
  info: GraphQLResolveInfo,
) => Promise<Connection<Model>>

/**
 * Resolves the list of one parent, or those of several parents together for the executor (executor/plan.ts), since the
 * request does not depend on the parent. If `requestOf` returns null, each is resolved by `alone`.
 */
export function listOfEach<
  Model extends { id: string },
  Args extends ListArguments<unknown, unknown> = ConnectionArguments,
>(
  requestOf: (args: Args, context: Context, info: GraphQLResolveInfo) => PageRequest | null,
  alone?: Alone<Model, Args>,
) {
  const resolve: Alone<Model, Args> = (parent, args, context, info) => {
    const request = requestOf(args, context, info)
    return request === null
      ? alone!(parent, args, context, info)
      : readConnection<Model>(context, { ...request, parentId: parent.id })
  }
  const together = (parents: readonly Parent[], args: Args, context: Context, info: GraphQLResolveInfo) => {
    const request = requestOf(args, context, info)
    const parentIds = parents.map(({ id }) => id)
    return request && readConnections<Model>(context, request, parentIds)
  }
  return Object.assign(resolve, { together })
}
