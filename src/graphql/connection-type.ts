import type { InterfaceRef, ObjectRef } from '@pothos/core'
import { builder } from './builder.ts'

export interface Connection<Node> {
  readonly edges: readonly Edge<Node>[]
  readonly pageInfo: {
    readonly hasNextPage: boolean
    readonly hasPreviousPage: boolean
    readonly startCursor: string | null
    readonly endCursor: string | null
  }
  /** Called only when somebody asks. */
  readonly totalCount: () => Promise<number>
}

interface Edge<Node> {
  readonly node: Node
  readonly cursor: string
}

type Types = typeof builder extends PothosSchemaTypes.SchemaBuilder<infer T> ? T : never
type NodeRef<Node> = ObjectRef<Types, Node> | InterfaceRef<Types, Node>

/** `XConnection` and `XEdge` for a list of `X`. */
export function connectionType<Node>(name: string, node: NodeRef<Node>) {
  const edge = builder.objectRef<Edge<Node>>(`${name}Edge`).implement({
    description: `An entry of a list of ${name}.`,
    fields: (t) => ({
      cursor: t.exposeString('cursor', { description: 'Where this entry stands: pass it as `after` or `before`.' }),
      node: t.field({ type: node, description: 'The entry itself.', resolve: (parent) => parent.node as never }),
    }),
  })
  return builder.objectRef<Connection<Node>>(`${name}Connection`).implement({
    description: `A page of a list of ${name}.`,
    fields: (t) => ({
      edges: t.field({
        type: [edge],
        description: 'The page, with a cursor to each entry.',
        resolve: (page) => page.edges,
      }),
      nodes: t.field({
        type: [node],
        description: 'The page, without cursors.',
        resolve: (page) => page.edges.map((entry) => entry.node) as never,
      }),
      pageInfo: t.field({
        type: builder.pageInfoRef(),
        description: 'Where this page stands in the list.',
        resolve: (page) => page.pageInfo,
      }),
      totalCount: t.int({
        description: 'How many entries the list has over all its pages. Counted only when it is asked for.',
        resolve: (page) => page.totalCount(),
      }),
    }),
  })
}
