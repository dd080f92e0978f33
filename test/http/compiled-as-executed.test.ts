// What is made for a query answers as GraphQL's own executor does, whatever the query, as long as it is one to be compiled.
import fc from 'fast-check'
import {
  buildSchema,
  execute,
  GraphQLObjectType,
  NoUnusedFragmentsRule,
  NoUnusedVariablesRule,
  parse,
  specifiedRules,
  validate,
  type GraphQLFieldMap,
} from 'graphql'
import { expect, test } from 'vitest'
import type { Context } from '../../src/graphql/context.ts'
import { compileQuery } from '../../src/http/compile-query.ts'
import { countFields } from '../../src/http/count-fields.ts'

const schema = buildSchema(`
  interface Thing { name: String size: Int next: Thing }
  type Box implements Thing { name: String size: Int next: Thing inside(first: Int, sizes: [Int]): [Thing] }
  type Ball implements Thing { name: String size: Int next: Thing colour: String! }
  enum Colour { RED BLUE }
  input Again { sizes: [Int!] colour: Colour }
  input Wanted { sizes: [Int!] colour: Colour again: Again }
  type Query {
    thing(size: Int): Thing
    box: Box
    things(first: Int): [Thing]
    said(wanted: Wanted, all: [Wanted], id: ID, colours: [Colour!], half: Float, yes: Boolean): String
  }
`)

interface Thing {
  readonly __typename: 'Box' | 'Ball'
  readonly size: number
}
const thing = (size: number): Thing => ({ __typename: size % 2 === 0 ? 'Box' : 'Ball', size })
type Resolve = (
  parent: Thing,
  args: { first?: number | null; size?: number | null; sizes?: number[] | null },
) => unknown
// Objects by the order of their names.
const inOrder = (_key: string, value: unknown): unknown =>
  typeof value !== 'object' || value === null || Array.isArray(value)
    ? value
    : Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)))

const resolvers: Record<string, Record<string, Resolve>> = {
  Query: {
    thing: (_parent, { size }) => (size == null ? null : thing(size)),
    box: async () => Promise.resolve(thing(2)),
    said: (_parent, args) => JSON.stringify(args, inOrder),
    things: (_parent, { first }) => Array.from({ length: first ?? 1 }, (_, n) => (n === 3 ? null : thing(n))),
  },
}
const ofThing: Record<string, Resolve> = {
  name: ({ size }) => (size > 4 ? null : `thing ${size}`),
  next: async ({ size }) => Promise.resolve(size > 5 ? null : thing(size + 1)),
  colour: ({ size }) => (size === 5 ? null : 'red'),
  inside: ({ size }, { first, sizes }) =>
    (sizes ?? Array.from({ length: first ?? 2 }, (_, n) => size + n + 1)).map(thing),
}
for (const type of Object.values(schema.getTypeMap())) {
  if (!(type instanceof GraphQLObjectType) || type.name.startsWith('__')) continue
  const fields = type.getFields() as GraphQLFieldMap<Thing, object>
  for (const field of Object.values(fields)) {
    const resolve = (resolvers[type.name] ?? ofThing)[field.name]
    if (resolve !== undefined) field.resolve = resolve
  }
}

const SAID = [
  'said(wanted: $w)',
  's: said(all: $all, colours: $cs)',
  'said(id: $id, half: $half, yes: $yes)',
  'said(wanted: { sizes: [1, $k], colour: RED, again: { sizes: [], colour: null } })',
  's: said(wanted: { again: { sizes: $r } })',
  's: said(all: [$w, { colour: RED }, null], id: 7)',
  'said(half: 1, id: $id, yes: true, colours: [RED, BLUE])',
  'said(colours: RED, all: { sizes: 1 })',
  'said',
]
const VALUES = [
  {},
  { n: 1, k: 1, id: 'one', half: 1, yes: false },
  { n: 4, id: 7, w: { sizes: 3, colour: 'BLUE' }, c: 'RED' },
  { n: null, k: null, w: null, all: null, c: null, cs: null, id: null, half: null, yes: null },
  { n: 5, all: { sizes: [1, 2] }, cs: 'RED', half: 0.5, w: {} },
  {
    r: 7,
    k: 4,
    all: [null, { again: { colour: null } }],
    cs: ['RED', 'BLUE'],
    w: { sizes: null, again: { sizes: [] } },
  },
  { n: 'many' },
  { cs: ['GREEN'], w: { unknown: 1 } },
]

/** Becomes another one each time, so that fields do not conflict. */
const name = fc.constantFrom('', '', '', '@: ')
const number = fc.constantFrom('1', '3', '$n', '$k', 'null')
const { query } = fc.letrec<{ query: string; thing: string; more: string }>((tie) => ({
  more: fc.array(tie('thing'), { minLength: 1, maxLength: 4 }).map((parts) => `{ ${parts.join(' ')} }`),
  thing: fc.oneof(
    { maxDepth: 4, depthIdentifier: 'things' },
    fc.tuple(name, fc.constantFrom('name', 'size', '__typename')).map((parts) => parts.join('')),
    fc.tuple(name, tie('more')).map(([alias, more]) => `${alias}next ${more}`),
    fc.constantFrom('...F', '...G'),
    fc.tuple(fc.constantFrom('Box', 'Ball', 'Thing'), tie('more')).map(([type, more]) => `... on ${type} ${more}`),
    fc.tuple(number, tie('more')).map(([first, more]) => `... on Box { @: inside(first: ${first}) ${more} }`),
    fc
      .tuple(number, tie('more'))
      .map(([one, more]) => `... on Box { @: inside(sizes: [${one === 'null' ? '2' : one}]) ${more} }`),
    fc.constant('... on Ball { colour }'),
  ),
  query: fc
    .tuple(
      fc.array(
        fc.tuple(
          fc.constantFrom('thing(size: 2)', 'thing(size: $n)', 'thing(size: $k)', 'box', 'things', 'things(first: 3)'),
          tie('more'),
        ),
        { minLength: 1, maxLength: 3 },
      ),
      tie('more'),
      tie('more'),
      fc.constantFrom(...SAID),
    )
    .map(([fields, f, g, said]) => {
      const body = fields.map(([field, more]) => `@: ${field} ${more}`)
      // Fragments do not spread each other, which could be in a circle.
      const flat = (more: string) => more.replaceAll(/\.\.\.[FG]\b/g, 'size')
      let names = 0
      const named = (text: string) => text.replaceAll('@', () => `x${(names += 1)}`)
      return named(
        `query ($r: [Int!]!, $n: Int, $k: Int = 3, $w: Wanted, $all: [Wanted], $c: Colour, $cs: [Colour!], $id: ID, $half: Float, $yes: Boolean) { ${said} ${body.join(' ')} } fragment F on Thing ${flat(f)} fragment G on Thing ${flat(g)}`,
      )
    }),
}))

const rules = specifiedRules.filter((rule) => rule !== NoUnusedVariablesRule && rule !== NoUnusedFragmentsRule)

test('compiled as executed', { timeout: 600_000 }, async () => {
  let compared = 0
  const property = fc.asyncProperty(query, fc.constantFrom(...VALUES), async (text, values) => {
    const variableValues = { r: [1], ...values }
    const document = parse(text)
    if (validate(schema, document, rules).length > 0 || countFields(schema, document) === null) return
    const compiled = await compileQuery(schema, document)
    const wanted = await execute({ schema, document, variableValues, contextValue: {} })
    const got = await compiled!({} as Context, variableValues)
    // What is wrong is told by GraphQL's executor.
    expect(got.errors === undefined).toBe(wanted.errors === undefined)
    if (wanted.errors !== undefined) return
    expect(JSON.stringify(got.data)).toBe(JSON.stringify(wanted.data))
    compared += 1
  })
  await fc.assert(property, { numRuns: process.env.LONG_TESTS === undefined ? 1_000 : 50_000 })
  expect(compared).toBeGreaterThan(100)
})
