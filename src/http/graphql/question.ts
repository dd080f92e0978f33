import type { IncomingMessage } from 'node:http'

/** What a body of JSON asks, and nothing that Yoga would have to look at. */
export interface Question {
  readonly query: string
  readonly operationName: string | null
  readonly variables: Readonly<Record<string, unknown>>
}

/** What is longer brings data, and is not asked twice. */
const LONGEST = 16_384

/** Whether a request may be a question that is asked again, with others that are like it. */
export function isQuestion({ method, headers }: IncomingMessage, body: string): boolean {
  if (body.length > LONGEST) return false
  // What they say is said back to whoever asks.
  if (headers['access-control-request-method'] !== undefined) return false
  if (headers['access-control-request-headers'] !== undefined) return false
  return method === 'GET' || (method === 'POST' && isJsonType(headers['content-type']))
}

export const isJsonType = (type: string | null | undefined): boolean => JSON_TYPES.test(type ?? '')

const JSON_TYPES = /^application\/(json|graphql\+json|graphql-response\+json)(;|$)/

/** In which way it is asked: what decides, besides the question, in which form it is answered. */
export function mannerOf({ method, url, headers }: IncomingMessage): readonly (string | undefined)[] {
  const { accept, origin, 'content-type': type } = headers
  return [method, url, type, accept, origin]
}

/** Null where it is no JSON, or has anything in it that is to be refused, or looked at more closely. */
export function readQuestion(body: string): Question | null {
  let read: unknown
  try {
    read = JSON.parse(body)
  } catch {
    return null // Yoga says what is wrong with it
  }
  if (!isRecord(read)) return null
  const { query, operationName = null, variables, extensions, ...others } = read
  for (const _other in others) return null
  if (typeof query !== 'string' || (operationName !== null && !isName(operationName))) return null
  if (!isRecord(variables ?? {}) || !isRecord(extensions ?? {})) return null
  return { query, operationName, variables: (variables ?? {}) as Question['variables'] }
}

const isName = (value: unknown): value is string => typeof value === 'string' && /^\w+$/.test(value)

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
