import { GraphQLError } from 'graphql'
import { builder } from './builder.ts'

/** The part of a multipart request's file that is used. */
export interface UploadedFile {
  stream(): AsyncIterable<Uint8Array>
}

builder.scalarType('File', {
  description:
    'A file, sent as a variable according to the GraphQL multipart request specification: ' +
    'https://github.com/jaydenseric/graphql-multipart-request-spec. Input only.',
  serialize: () => {
    throw new GraphQLError('A File cannot be returned')
  },
  parseValue: (value) => {
    if (isFile(value)) return value
    throw new GraphQLError('File must be a file in a multipart request')
  },
  parseLiteral: (node) => {
    throw new GraphQLError('File must be a variable whose value is a file in a multipart request', { nodes: node })
  },
})

function isFile(value: unknown): value is UploadedFile {
  return typeof value === 'object' && value !== null && 'stream' in value && typeof value.stream === 'function'
}
