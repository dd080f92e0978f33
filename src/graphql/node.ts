import { builder } from './builder.ts'
import type { Context } from './context.ts'
import { ValidationError } from './errors.ts'

export const Node = builder.nodeInterfaceRef()

interface NodeKind {
  /** The prefix of this kind's ids. */
  readonly prefix: string
  /** Loads the object with its schema type; null if there is none that the viewer may see. */
  readonly load: (id: string, context: Context) => Promise<object | null>
}

const kinds: NodeKind[] = []

/** Makes a type reachable through `node(id)`. Longer prefixes are tried first. */
export function registerNode(kind: NodeKind): void {
  kinds.push(kind)
  kinds.sort((a, b) => b.prefix.length - a.prefix.length)
}

/** No id that WorkOS or Rollcall gives is longer, and looking for one everywhere takes longer the longer it is. */
const LONGEST_ID = 255

async function loadNode(id: string, context: Context): Promise<object | null> {
  if (id.length > LONGEST_ID) return null
  const likely = kinds.find(({ prefix }) => id.startsWith(prefix))
  // Older and malformed events have ids of any form: an id that matches no prefix is looked up everywhere.
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
    description: 'Any object by id; null if there is none you can see.',
    args: { id: t.arg.id({ required: true, description: 'The id of any object.' }) },
    resolve: (_root, { id }, context) => loadNode(id, context),
  }),
  nodes: t.field({
    type: [Node],
    nullable: { list: false, items: true },
    description: `Several objects by id, at most ${LARGEST_LIST}, in the order given; null for each you cannot see.`,
    args: { ids: t.arg.idList({ required: true, description: 'The ids of any objects.' }) },
    complexity: ({ ids }) => ({ field: 1, multiplier: ids.length }),
    resolve: (_root, { ids }, context) => {
      if (ids.length > LARGEST_LIST)
        throw new ValidationError({ path: ['ids'], message: `must have at most ${LARGEST_LIST} entries` })
      return Promise.all(ids.map((id) => loadNode(id, context)))
    },
  }),
}))
