import { builder } from './builder.ts'
import type { Context } from './context.ts'
import { ValidationError } from './errors.ts'

export const Node = builder.nodeInterfaceRef()

interface NodeKind {
  /** What ids of this kind begin with. */
  readonly prefix: string
  /** The object, with its type for the schema; null where there is none that the viewer may see. */
  readonly load: (id: string, context: Context) => Promise<object | null>
}

const kinds: NodeKind[] = []

/** Makes a type reachable by `node(id)`. Longer prefixes are tried before those that they begin with. */
export function registerNode(kind: NodeKind): void {
  kinds.push(kind)
  kinds.sort((a, b) => b.prefix.length - a.prefix.length)
}

async function loadNode(id: string, context: Context): Promise<object | null> {
  const likely = kinds.find(({ prefix }) => id.startsWith(prefix))
  // Events of another age and malformed ones have ids of any form: what no prefix claims is looked for everywhere.
  for (const kind of likely === undefined ? kinds : [likely]) {
    const found = await kind.load(id, context)
    if (found !== null) return found
  }
  return null
}

const LARGEST_LIST = 100

builder.queryFields((t) => ({
  node: t.field({
    type: Node,
    nullable: true,
    description: 'Anything by its id; null where there is nothing that you may see.',
    args: { id: t.arg.id({ required: true, description: 'The id of any object.' }) },
    resolve: (_root, { id }, context) => loadNode(id, context),
  }),
  nodes: t.field({
    type: [Node],
    nullable: { list: false, items: true },
    description: `Several things by their ids, at most ${LARGEST_LIST}, in the order asked; null for each that you may not see.`,
    args: { ids: t.arg.idList({ required: true, description: 'The ids of any objects.' }) },
    complexity: ({ ids }) => ({ field: 1, multiplier: ids.length }),
    resolve: (_root, { ids }, context) => {
      if (ids.length > LARGEST_LIST)
        throw new ValidationError({ path: ['ids'], message: `must be ${LARGEST_LIST} at the most` })
      return Promise.all(ids.map((id) => loadNode(id, context)))
    },
  }),
}))
