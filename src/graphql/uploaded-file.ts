import { GraphQLError } from 'graphql'
import { builder } from './builder.ts'

/** A file of a multipart request, as far as it is used. */
export interface UploadedFile {
  stream(): AsyncIterable<Uint8Array>
}

builder.scalarType('File', {
  description:
    'A file, as a variable of a request that is sent as the GraphQL multipart request specification says: ' +
    'https://github.com/jaydenseric/graphql-multipart-request-spec. Never a part of an answer.',
  serialize: () => {
    throw new GraphQLError('A File cannot be answered')
  },
  parseValue: (value) => {
    if (isFile(value)) return value
    throw new GraphQLError('File must be a file of a multipart request')
  },
  parseLiteral: (node) => {
    throw new GraphQLError('File must be a variable, whose value is a file of a multipart request', { nodes: node })
  },
})

function isFile(value: unknown): value is UploadedFile {
  return typeof value === 'object' && value !== null && 'stream' in value && typeof value.stream === 'function'
}
