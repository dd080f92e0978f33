import type { IncomingMessage } from 'node:http'

/** The request in a JSON body that contains nothing only Yoga can handle. */
export interface PlainRequest {
  readonly query: string
  readonly operationName: string | null
  readonly variables: Readonly<Record<string, unknown>>
}

/** Longer bodies carry data and are not repeated. */
const LONGEST = 16_384

/** Whether a request may be one that is repeated. */
export function isRepeatable({ method, headers }: IncomingMessage, body: string): boolean {
  if (body.length > LONGEST) return false
  // Their values are echoed in the response.
  if (headers['access-control-request-method'] !== undefined) return false
  if (headers['access-control-request-headers'] !== undefined) return false
  return method === 'GET' || (method === 'POST' && isJsonType(headers['content-type']))
}

export const isJsonType = (type: string | null | undefined): boolean => JSON_TYPES.test(type ?? '')

const JSON_TYPES = /^application\/(json|graphql\+json|graphql-response\+json)(;|$)/

/** Returns what the form of the response varies with, as in HTTP's `Vary`. */
export function variantOf({ method, url, headers }: IncomingMessage): readonly (string | undefined)[] {
  const { accept, origin, 'content-type': type } = headers
  return [method, url, type, accept, origin]
}

/** Returns null if it is not JSON, or contains anything that must be refused or examined by Yoga. */
export function readPlainRequest(body: string): PlainRequest | null {
  let read: unknown
  try {
    read = JSON.parse(body)
  } catch {
    return null // Yoga reports what is wrong
  }
  if (!isRecord(read)) return null
  const { query, operationName = null, variables, extensions, ...others } = read
  for (const _other in others) return null
  if (typeof query !== 'string' || (operationName !== null && !isName(operationName))) return null
  if (!isRecord(variables ?? {}) || !isRecord(extensions ?? {})) return null
  return { query, operationName, variables: (variables ?? {}) as PlainRequest['variables'] }
}

const isName = (value: unknown): value is string => typeof value === 'string' && /^\w+$/.test(value)

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
