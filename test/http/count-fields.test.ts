// What is not compiled, since graphql-jit would not deal with it as GraphQL does.
import { buildSchema, parse } from 'graphql'
import { expect, test } from 'vitest'
import { countFields } from '../../src/http/count-fields.ts'

const schema = buildSchema(`
  input Filter { ids: [ID!] inside: Size }
  input Size { size: Int = 1 }
  input Plain { ids: [ID!] }
  input Circle { circle: [Circle!] }
  type T { b: T c: T d: T e: T f: T }
  type Query { a(id: ID, filter: Filter, plain: Plain, circle: Circle, ids: [ID!], n: Int, f: Float, b: Boolean): T b: T defaulted(size: Int = 1): T }
`)
const fieldsOf = (text: string) => countFields(schema, parse(text))

test.for([
  ['{ a b { c } }', 3],
  [
    'query ($id: ID!, $all: [ID!] = [1]) { a(id: $id, n: 1, f: 1.5, b: true, ids: [null, $id]) { b } x: a(ids: $all) { b } }',
    4,
  ],
  ['query Q { a: b { __typename ... on T { c } ...F } } fragment F on T { d e { f } }', 8],
  ['query ($ids: [ID!]!, $p: Plain) { a(plain: { ids: $ids }) { b } x: a(plain: $p) { b } }', 4],
  ['{ a { ...F } b { ...F } } fragment F on T { c d }', 8],
] as const)('%s', ([text, fields]) => {
  expect(fieldsOf(text)).toBe(fields)
})

test.for([
  ['a mutation', 'mutation { a }'],
  ['a subscription', 'subscription { a }'],
  ['several operations', 'query A { a } query B { b }'],
  ['a text', '{ a(id: "1") }'],
  ['a text inside of something', '{ a(filter: { ids: ["1"] }) }'],
  ['a text of several lines', '{ a(id: """1""") }'],
  ['a text as a default', 'query ($id: ID = "1") { a(id: $id) }'],
  ['a condition', 'query ($y: Boolean!) { a @include(if: $y) }'],
  ['a condition of a fragment', 'query ($y: Boolean!) { ...F @skip(if: $y) } fragment F on Query { a }'],
  ['a directive of an operation', 'query @a { b }'],
  ['introspection', '{ __schema { types { name } } }'],
  ['a name of JavaScript', '{ __proto__: a { b } }'],
  ['another name for __typename', '{ __typename: a }'],
  ['a variable of such a name', 'query ($__proto__: ID!) { a(id: $__proto__) }'],
  ['an argument with a default', '{ defaulted { b } }'],
  ['an input with a default inside of it', 'query ($f: Filter) { a(filter: $f) { b } }'],
  ['the same', '{ a(filter: { ids: [1] }) { b } }'],
  ['a part of an input that may be left out', 'query ($ids: [ID!]) { a(plain: { ids: $ids }) { b } }'],
  ['a variable that may be null where nothing may be', 'query ($id: ID = 1) { a(ids: [$id]) { b } }'],
  ['an input without an end', 'query ($c: Circle) { a(circle: $c) { b } }'],
  ['a variable that has to be given and has a default', 'query ($n: ID! = 1) { a(id: $n) }'],
  ['many fields', `{ ${Array.from({ length: 501 }, (_, n) => `f${n}`).join(' ')} }`],
])('%s is not compiled', ([, text]) => {
  expect(fieldsOf(text!)).toBeNull()
})

test('fragments that multiply are not counted to their end', () => {
  const levels = Array.from({ length: 200 }, (_, n) => `fragment F${n} on T { a { ...F${n + 1} } b { ...F${n + 1} } }`)
  expect(fieldsOf(`{ ...F0 } ${levels.join(' ')} fragment F200 on T { c }`)).toBeNull()
})
