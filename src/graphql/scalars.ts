import { GraphQLError, Kind, type ValueNode } from 'graphql'
import { createIsoWriter } from '../text/iso-writer.ts'
import { parseMoment } from '../text/parse-moment.ts'
import { builder } from './builder.ts'

builder.scalarType('DateTime', {
  description: 'An RFC 3339 timestamp, such as `2026-06-25T19:07:33.155Z`. Responses use UTC, to the millisecond.',
  serialize: createIsoWriter(),
  parseValue: (value) => momentOf(value),
  parseLiteral: (node) => momentOf(node.kind === Kind.STRING ? node.value : null, node),
})

function momentOf(value: unknown, node?: ValueNode): Date {
  const moment = typeof value === 'string' ? parseMoment(value) : null
  if (moment !== null) return moment
  throw new GraphQLError('DateTime must be a string such as "2026-06-25T19:07:33.155Z"', { nodes: node })
}

builder.scalarType('JSON', {
  description: 'Any JSON value. Output only.',
  serialize: (value) => value,
  parseValue: () => refuseJson(),
  parseLiteral: (node) => refuseJson(node),
})

function refuseJson(node?: ValueNode): never {
  throw new GraphQLError('JSON is for output only', { nodes: node })
}
