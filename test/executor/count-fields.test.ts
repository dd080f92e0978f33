// What is compiled, and what is left to GraphQL's own executor.
import { buildSchema, parse } from 'graphql'
import { expect, test } from 'vitest'
import { countFields } from '../../src/executor/count-fields.ts'

const schema = buildSchema(`
  input Filter { ids: [ID!] }
  interface I { i: I c: T }
  type T implements I { b: T c: T d: T e: T f: T i: I }
  type U implements I { c: T u: T i: I }
  type Query { a(id: ID, filter: Filter, text: String): T b: T i: I }
`)
const fieldsOf = (text: string) => countFields(schema, parse(text))

test.for([
  ['{ a b { c } }', 3],
  ['query ($id: ID = "1") { a(id: $id, text: """1""") { b } x: a(filter: { ids: ["1"] }) { b } }', 4],
  ['query Q { a: b { __typename ... on T { c } ...F } } fragment F on T { d e { f } }', 8],
  ['{ a { ...F } b { ...F } } fragment F on T { c d }', 8],
  ['{ i { c { d } } }', 1 + 2 + 2],
  ['{ i { i { c { d } } } }', 1 + 2 + 4 + 4],
  ['{ i { ... on T { b } ... on U { u } ... on I { c } ...F } } fragment F on T { e }', 1 + 8 + 1 + 1 + 2 + 1],
  ['{ a @skip(if: true) { b } }', 2],
  ['query ($y: Boolean!) { a @include(if: $y) { b @skip(if: $y) } }', 4],
  ['query ($y: Boolean!, $z: Boolean!) { ...F @skip(if: $y) } fragment F on Query { a @skip(if: $z) }', 8],
] as const)('%s', ([text, fields]) => {
  expect(fieldsOf(text)).toBe(fields)
})

test.for([
  ['a mutation', 'mutation { a }'],
  ['a subscription', 'subscription { a }'],
  ['several operations', 'query A { a } query B { b }'],
  ['a directive that is no condition', '{ a @upper }'],
  ['a directive of an operation', 'query @a { b }'],
  ['introspection', '{ __schema { types { name } } }'],
  ['introspection under another name', '{ a: __type(name: "A") { name } }'],
  ['a name of JavaScript', '{ __proto__: a { b } }'],
  ['many fields', `{ ${Array.from({ length: 501 }, (_, n) => `f${n}`).join(' ')} }`],
  [
    'many conditions',
    `query (${Array.from({ length: 9 }, (_, n) => `$c${n}: Boolean!`).join()}) { ${Array.from({ length: 9 }, (_, n) => `f${n} @skip(if: $c${n})`).join(' ')} }`,
  ],
])('%s is not compiled', ([, text]) => {
  expect(fieldsOf(text!)).toBeNull()
})

test('fragments that multiply are not counted to their end', () => {
  const levels = Array.from({ length: 200 }, (_, n) => `fragment F${n} on T { a { ...F${n + 1} } b { ...F${n + 1} } }`)
  expect(fieldsOf(`{ ...F0 } ${levels.join(' ')} fragment F200 on T { c }`)).toBeNull()
})
