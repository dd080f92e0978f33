import type { InterfaceRef, ObjectRef, OutputRef } from '@pothos/core'
import { builder } from '../builder.ts'

export interface Connection<Node> {
  readonly nodes: readonly Node[]
  /** The cursor of an entry of the page. Like `totalCount`, called only when selected. */
  cursorAt(index: number): string
  totalCount(): Promise<number>
  readonly hasNextPage: boolean
  readonly hasPreviousPage: boolean
}

interface Edge<Node> {
  readonly node: Node
  readonly cursor: () => string
}

type Types = typeof builder extends PothosSchemaTypes.SchemaBuilder<infer T> ? T : never
type NodeRef<Node> = ObjectRef<Types, Node> | InterfaceRef<Types, Node>

/** `XConnection` and `XEdge` for a list of `X`. */
export function connectionType<Node>(name: string, node: NodeRef<Node>) {
  const edge = builder.objectRef<Edge<Node>>(`${name}Edge`).implement({
    description: `An entry of a list of ${name}.`,
    fields: (t) => ({
      cursor: t.string({
        description: 'The position of this entry: pass it as `after` or `before`.',
        resolve: ({ cursor }) => cursor(),
      }),
      node: t.field({ type: node, description: 'The entry itself.', resolve: (parent) => parent.node as never }),
    }),
  })
  return builder.objectRef<Connection<Node>>(`${name}Connection`).implement({
    description: `A page of a list of ${name}.`,
    fields: (t) => ({
      edges: t.field({
        type: [edge],
        description: 'The page, with a cursor for each entry.',
        resolve: (page) => page.nodes.map((node, index) => ({ node, cursor: () => page.cursorAt(index) })),
      }),
      nodes: t.expose('nodes', {
        type: [node as OutputRef<Node>] as [OutputRef<Node>],
        description: 'The page, without cursors.',
      }),
      pageInfo: t.field({
        type: builder.pageInfoRef(),
        description: 'The position of this page in the list.',
        resolve: (page) => ({
          hasNextPage: page.hasNextPage,
          hasPreviousPage: page.hasPreviousPage,
          startCursor: page.nodes.length === 0 ? null : page.cursorAt(0),
          endCursor: page.nodes.length === 0 ? null : page.cursorAt(page.nodes.length - 1),
        }),
      }),
      totalCount: t.int({
        description: 'How many entries the list has across all pages. Counted only when selected.',
        resolve: (page) => page.totalCount(),
      }),
    }),
  })
}
