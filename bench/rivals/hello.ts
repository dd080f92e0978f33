// What graphql-yoga's own quick start shows: one field, one string.
import { createServer } from 'node:http'
import { createSchema, createYoga, type YogaInitialContext } from 'graphql-yoga'
import { listen } from './listening.ts'

const schema = createSchema<YogaInitialContext>({
  typeDefs: 'type Query { hello: String }',
  resolvers: { Query: { hello: () => 'world' } },
})
const yoga = createYoga({ schema, logging: false })
listen(createServer((request, response) => void yoga(request, response)))
