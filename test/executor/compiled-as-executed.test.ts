// What is made for a query answers as GraphQL's own executor does, whatever the query, as long as it is one to be
// compiled.
import fc from 'fast-check'
import {
  buildSchema,
  execute,
  GraphQLObjectType,
  NoUnusedFragmentsRule,
  NoUnusedVariablesRule,
  parse,
  PossibleFragmentSpreadsRule,
  specifiedRules,
  validate,
  type GraphQLFieldMap,
  type GraphQLResolveInfo,
} from 'graphql'
import { expect, test } from 'vitest'
import { compileQuery, type ExecuteQuery } from '../../src/executor/compile-query.ts'
import { countFields } from '../../src/executor/count-fields.ts'

const schema = buildSchema(`
  interface Thing { name: String size: Int told: String next: Thing }
  type Box implements Thing { name: String size: Int told: String next: Thing inside(first: Int = 2, sizes: [Int]): [Thing] boxes: [Box!]! }
  type Ball implements Thing { name: String size: Int told: String next: Thing colour: Colour! twin: Ball }
  union Any = Box | Ball
  enum Colour { RED BLUE }
  input Again { sizes: [Int!] colour: Colour }
  input Wanted { sizes: [Int!] colour: Colour = BLUE text: String = "none" again: Again }
  type Query {
    thing(size: Int): Thing
    box: Box
    fault: Box
    any(size: Int = 3): Any
    things(first: Int): [Thing]
    rows(first: Int!): [[Int!]!]
    set: [Box!]
    told(id: ID): String
    property: String
    said(wanted: Wanted, all: [Wanted], id: ID, colours: [Colour!], half: Float, yes: Boolean, text: String = "said"): String
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
  context: unknown,
  info: GraphQLResolveInfo,
) => unknown
// Objects by the order of their names.
const inOrder = (_key: string, value: unknown): unknown =>
  typeof value !== 'object' || value === null || Array.isArray(value)
    ? value
    : Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)))

/** What a resolver is told, but for the places of lists. */
function told(_parent: Thing, args: object, context: unknown, info: GraphQLResolveInfo): string {
  const { fieldName, fieldNodes, returnType, parentType, path, fragments, operation, variableValues, rootValue } = info
  const keys: string[] = []
  for (let at: typeof path | undefined = path; at !== undefined; at = at.prev)
    if (typeof at.key === 'string') keys.push(`${at.typename}.${at.key}`)
  const nodes = fieldNodes.map(({ alias, loc }) => [alias?.value, loc?.start])
  const { coerced } = variableValues
  const names = [Object.keys(fragments), operation.name?.value, returnType, parentType, rootValue === undefined]
  return JSON.stringify([fieldName, nodes, names, keys, coerced, args, context, info.schema === schema], inOrder)
}

const resolvers: Record<string, Record<string, Resolve>> = {
  Query: {
    thing: (_parent, { size }) => (size == null ? null : thing(size)),
    box: async () => Promise.resolve(thing(2)),
    fault: () => new Error('no box'),
    any: (_parent, { size }) => (size === 5 ? { __typename: 'Query' } : size == null ? null : thing(size)),
    said: (_parent, args) => JSON.stringify(args, inOrder),
    told,
    rows: (_parent, { first }) => Array.from({ length: first! }, (_, n) => (n === 4 ? [null] : new Set([n, n + 1]))),
    set: () => new Set([thing(2), Promise.resolve(thing(4))]),
    things: (_parent, { first }) =>
      Array.from({ length: first ?? 1 }, (_, n) => (n === 3 ? null : n === 2 ? Promise.resolve(thing(n)) : thing(n))),
  },
}
const ofThing: Record<string, Resolve> = {
  told,
  name: ({ size }) => (size === 4 ? null : size === 7 ? new Error('no name') : `thing ${size}`),
  next: async ({ size }) => Promise.resolve(size > 5 ? null : thing(size + 1)),
  colour: ({ size }) => (size === 7 ? null : size === 1 ? 'BLUE' : 'RED'),
  twin: ({ size }) => (size === 5 ? thing(4) : thing(size)),
  inside: ({ size }, { first, sizes }) =>
    (sizes ?? Array.from({ length: first ?? 2 }, (_, n) => size + n + 1)).map(thing),
  boxes: ({ size }) => (size > 7 ? null : [thing(size), thing(size + 2)]),
}
for (const type of Object.values(schema.getTypeMap())) {
  if (!(type instanceof GraphQLObjectType) || type.name.startsWith('__')) continue
  const fields = type.getFields() as GraphQLFieldMap<Thing, object>
  for (const field of Object.values(fields)) {
    const resolve = (resolvers[type.name] ?? ofThing)[field.name]
    if (resolve !== undefined) field.resolve = resolve
  }
}
// One type is asked whether a value is of it, and says so later.
;(schema.getType('Ball') as GraphQLObjectType<Thing>).isTypeOf = ({ __typename, size }) =>
  size === 1 ? Promise.resolve(__typename === 'Ball') : __typename === 'Ball'

const SAID = [
  'said(wanted: $w)',
  's: said(all: $all, colours: $cs)',
  'said(id: $id, half: $half, yes: $yes)',
  'said(wanted: { sizes: [1, $k], colour: RED, again: { sizes: [], colour: null } })',
  's: said(wanted: { again: { sizes: $r } }, text: "a \\" text")',
  's: said(all: [$w, { colour: RED }, null], id: 7, text: $text)',
  'said(half: 1, id: $id, yes: true, colours: [RED, BLUE])',
  'said(colours: RED, all: { sizes: 1 })',
  'said(text: """of\n  lines""", wanted: { sizes: $sizes, text: $text })',
  'said',
  'told(id: $id)',
  't: told(id: $id) t: told(id: $id)',
  'property',
]
const VALUES = [
  {},
  { n: 1, k: 1, id: 'one', half: 1, yes: false },
  { n: 4, id: 7, w: { sizes: 3, colour: 'BLUE' }, c: 'RED', text: null },
  { n: null, k: null, w: null, all: null, c: null, cs: null, id: null, half: null, yes: null },
  { n: 5, all: { sizes: [1, 2] }, cs: 'RED', half: 0.5, w: {}, sizes: [4] },
  {
    r: 7,
    k: 4,
    all: [null, { again: { colour: null } }],
    cs: ['RED', 'BLUE'],
    w: { sizes: null, again: { sizes: [] } },
  },
  { n: 'many' },
  { cs: ['GREEN'], w: { unknown: 1 } },
  { p: null, text: 'given' },
]

const LISTS = ['things', 'things(first: 3)', 'things(first: 5)', 'set', 'rows']
const OTHERS = ['thing(size: 2)', 'thing(size: $n)', 'thing(size: $k)', 'box', 'any', 'any(size: $n)']

/** Becomes another one each time, so that fields do not conflict. */
const name = fc.constantFrom('', '', '', '~: ')
const number = fc.constantFrom('1', '3', '$n', '$k', 'null')
const CONDITIONS = ['@include(if: $y)', '@skip(if: $y)', '@skip(if: $z)', '@include(if: $p)', '@include(if: true)']
const MORE_CONDITIONS = ['@skip(if: true)', '@skip(if: $z) @include(if: $y)']
const condition = fc.oneof(
  { weight: 1, arbitrary: fc.constant('') },
  { weight: 1, arbitrary: fc.constantFrom(...CONDITIONS, ...MORE_CONDITIONS).map((text) => ` ${text}`) },
)
const { query } = fc.letrec<{ query: string; thing: string; more: string }>((tie) => ({
  more: fc.array(tie('thing'), { minLength: 1, maxLength: 4 }).map((parts) => `{ ${parts.join(' ')} }`),
  thing: fc.oneof(
    { maxDepth: 4, depthIdentifier: 'things' },
    fc.tuple(name, fc.constantFrom('name', 'size', '__typename', 'told'), condition).map((parts) => parts.join('')),
    fc.tuple(name, condition, tie('more')).map(([alias, when, more]) => `${alias}next${when} ${more}`),
    fc.tuple(fc.constantFrom('...F', '...G'), condition).map((parts) => parts.join('')),
    fc
      .tuple(fc.constantFrom(' on Box', ' on Ball', ' on Thing', ''), condition, tie('more'))
      .map(([type, when, more]) => `...${type}${when} ${more}`),
    fc.tuple(number, tie('more')).map(([first, more]) => `... on Box { ~: inside(first: ${first}) ${more} }`),
    fc
      .tuple(number, tie('more'))
      .map(([one, more]) => `... on Box { ~: inside(sizes: [${one === 'null' ? '2' : one}]) ${more} }`),
    tie('more').map((more) => `... on Box { boxes ${more} }`),
    tie('more').map((more) => `... on Ball { twin ${more} }`),
    fc.constant('... on Ball { colour }'),
    fc.constant('... on Box { ~: inside { __typename } }'),
  ),
  query: fc
    .tuple(
      fc.array(fc.tuple(fc.constantFrom(...LISTS, ...OTHERS), condition, tie('more')), { minLength: 1, maxLength: 3 }),
      tie('more'),
      tie('more'),
      fc.constantFrom(...SAID),
    )
    .map(([fields, f, g, said]) => {
      const body = fields.map(([field, when, more]) =>
        field === 'rows'
          ? `~: rows(first: ${more.length % 6})${when}`
          : `~: ${field}${when} ${field.startsWith('any') ? `{ ... on Thing ${more} }` : more}`,
      )
      // The first may spread the second, and no other way about, which could be in a circle.
      const flat = (more: string, spreads: RegExp) => more.replaceAll(spreads, 'size')
      let names = 0
      const named = (text: string) => text.replaceAll('~', () => `x${(names += 1)}`)
      return named(
        `query Q($y: Boolean!, $z: Boolean!, $p: Boolean = true, $text: String, $sizes: [Int!] = [9], $r: [Int!]!, $n: Int, $k: Int = 3, $w: Wanted, $all: [Wanted], $c: Colour, $cs: [Colour!], $id: ID, $half: Float, $yes: Boolean) { ${said} ${body.join(' ')} } fragment F on Thing ${flat(f, /\.\.\.F\b/g)} fragment G on Thing ${flat(g, /\.\.\.[FG]\b/g)}`,
      )
    }),
}))

// What these forbid makes no difference to who executes it, and would be most of what is drawn.
const LEFT_OUT = [NoUnusedVariablesRule, NoUnusedFragmentsRule, PossibleFragmentSpreadsRule]
const rules = specifiedRules.filter((rule) => !LEFT_OUT.includes(rule))

/** Null where anything was wrong. */
const settled = (asked: ReturnType<ExecuteQuery>) => asked.catch(() => null)

/** Whether there was an answer to compare. */
async function compare(text: string, variables: Record<string, unknown>): Promise<boolean> {
  const document = parse(text)
  const wanted = await execute({ schema, document, variableValues: variables, contextValue: { seen: 1 } })
  const ask = compileQuery(schema, document)
  // In another way first: nothing of it may be left.
  await settled(ask({ seen: 2 }, { ...variables, y: variables.y !== true, n: 2 }))
  const got = await settled(ask({ seen: 1 }, variables))
  // A condition that is null is wrong only where it is reached, which is not looked for.
  if (got === null && variables.p === null) return false
  // What is wrong is told by GraphQL's executor.
  expect(JSON.stringify(got)).toBe(JSON.stringify(wanted.errors === undefined ? wanted.data : null))
  return got !== null
}

test('compiled as executed', { timeout: 600_000 }, async () => {
  let compared = 0
  const property = fc.asyncProperty(
    query,
    fc.constantFrom(...VALUES),
    fc.constantFrom(0, 1, 2, 3),
    async (...drawn) => {
      const [text, values, way] = drawn
      const document = parse(text)
      if (validate(schema, document, rules).length > 0 || countFields(schema, document) === null) return
      if (await compare(text, { r: [1], y: way % 2 === 0, z: way > 1, ...values })) compared += 1
    },
  )
  await fc.assert(property, { numRuns: process.env.LONG_TESTS === undefined ? 1_500 : 50_000 })
  expect(compared).toBeGreaterThan(200)
})

test.for([
  ['a fragment that is spread twice', '{ box { ...F ...F } } fragment F on Thing { told }', true],
  ['a fault in the place of an object', '{ fault { told } }', false],
  ['a fault in the place of a text', '{ any(size: 7) { ... on Ball { name } } }', false],
  ['a type that is none of the possible ones', '{ any(size: 5) { __typename } }', false],
  ['null where nothing may be', '{ any(size: 8) { ... on Box { boxes { name } } } }', false],
] as const)('%s', async ([, text, isAnswered]) => {
  expect(await compare(text, {})).toBe(isAnswered)
})
