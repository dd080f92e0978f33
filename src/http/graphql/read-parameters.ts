import { GraphQLError } from 'graphql'
import type { GraphQLParams, Plugin } from 'graphql-yoga'
import { searchOf } from '../request-url.ts'

/** Reads parameters sent by GET or as a form. Yoga's own readers treat invalid JSON as a server error. */
export const readParameters: Plugin = {
  // An empty name means none, which the specification demands of GET alone:
  // https://graphql.github.io/graphql-over-http/draft/#sec-Request-Parameters
  onParams({ params, setParams }) {
    const { operationName, ...others } = params
    if (operationName === '') setParams(others)
  },
  onRequestParse({ request, setRequestParser }) {
    if (request.method === 'GET') return setRequestParser(() => fromSearch(searchOf(request.url)))
    const form = /^application\/x-www-form-urlencoded(;|,|$)/.test(request.headers.get('content-type') ?? '')
    if (request.method === 'POST' && form)
      setRequestParser(async (request) => fromSearch(new URLSearchParams(await request.text())))
  },
}

function fromSearch(search: URLSearchParams): GraphQLParams {
  return {
    query: search.get('query') || undefined,
    operationName: search.get('operationName') || undefined,
    variables: jsonOf(search, 'variables'),
    extensions: jsonOf(search, 'extensions'),
  } as GraphQLParams
}

function jsonOf(search: URLSearchParams, name: string): unknown {
  const text = search.get(name)
  if (text === null || text === '') return undefined
  try {
    return JSON.parse(text)
  } catch {
    throw new GraphQLError(`${name}: must be JSON`, { extensions: { code: 'BAD_REQUEST', http: { status: 400 } } })
  }
}
