import { GraphQLError, Kind, type ValueNode } from 'graphql'
import { parseMoment } from '../directory/moment.ts'
import type { Json } from '../directory/objects.ts'
import { builder } from './builder.ts'

builder.scalarType('DateTime', {
  description: 'An RFC 3339 timestamp, such as `2026-06-25T19:07:33.155Z`. Responses use UTC, to the millisecond.',
  serialize: (value) => value.toISOString(),
  parseValue: (value) => momentOf(value),
  parseLiteral: (node) => momentOf(node.kind === Kind.STRING ? node.value : null, node),
})

function momentOf(value: unknown, node?: ValueNode): Date {
  const moment = typeof value === 'string' ? parseMoment(value) : null
  if (moment !== null) return moment
  throw new GraphQLError('DateTime must be a string such as "2026-06-25T19:07:33.155Z"', { nodes: node })
}

builder.scalarType('JSON', {
  description: 'Any JSON value.',
  serialize: (value) => value,
  parseValue: (value) => value as Json,
  parseLiteral: (node, variables) => toJson(node, variables ?? {}),
})

function toJson(node: ValueNode, variables: Record<string, unknown>): Json {
  switch (node.kind) {
    case Kind.NULL:
      return null
    case Kind.INT:
    case Kind.FLOAT:
      return Number(node.value)
    case Kind.STRING:
    case Kind.ENUM:
    case Kind.BOOLEAN:
      return node.value
    case Kind.LIST:
      return node.values.map((value) => toJson(value, variables))
    case Kind.OBJECT:
      return Object.fromEntries(node.fields.map((field) => [field.name.value, toJson(field.value, variables)]))
    case Kind.VARIABLE:
      return variables[node.name.value] as Json
  }
}
