// What graphql-yoga's own quick start shows: one field, one string. No TypeScript, which a start would pay for:
// src/main.js is not TypeScript either.
import { createServer } from 'node:http'
import { createSchema, createYoga } from 'graphql-yoga'

const schema = createSchema({
  typeDefs: 'type Query { hello: String }',
  resolvers: { Query: { hello: () => 'world' } },
})
const yoga = createYoga({ schema, logging: false })
const server = createServer((request, response) => void yoga(request, response))
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address()
  process.stdout.write(`${JSON.stringify({ msg: 'listening', url: `http://127.0.0.1:${port}` })}\n`)
})
process.once('SIGTERM', () => process.exit())
