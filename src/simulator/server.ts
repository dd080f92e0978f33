import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import { ApiError } from './api-error.ts'
import type { Faults } from './faults.ts'
import { readJson, send } from './json-http.ts'
import type { RateLimit } from './rate-limit.ts'
import { matchRoute, methodsOf, type Answer, type Call, type Route } from './route.ts'

interface ServerParts {
  apiKey: string
  /** WorkOS's own API: requires the key, enforces limits and suffers faults. */
  api: readonly Route[]
  /** What controls the simulator: never limited, never faulty. */
  control: readonly Route[]
  faults: Faults
  keyLimit: RateLimit
}

export function createSimulatorServer(parts: ServerParts): Server {
  let requests = 0
  return createServer((request, response) => {
    requests += 1
    response.setHeader('x-request-id', `req_${requests}`)
    void respond(parts, request, response)
  })
}

async function respond(parts: ServerParts, request: IncomingMessage, response: ServerResponse): Promise<void> {
  try {
    send(response, await answerTo(parts, request))
  } catch (error) {
    if (response.headersSent) response.destroy()
    else send(response, refusal(error))
  }
}

async function answerTo(parts: ServerParts, request: IncomingMessage): Promise<Answer> {
  const { method = 'GET' } = request
  // Appended to a host, not resolved against one: a path may begin with two slashes.
  const url = URL.parse(`http://simulator${request.url ?? '/'}`)
  if (url === null) throw new ApiError(404, { message: 'There is no such path', code: 'not_found' })
  const { pathname: path, searchParams: query } = url
  const control = matchRoute(parts.control, method, path)
  const call = { method, path, query, body: await readJson(request) }
  if (control !== null) {
    // Only POST /events comes with the API key, and not from a developer who tries it by hand.
    if (request.headers.authorization !== undefined) authorize(parts.apiKey, request)
    return control.route.handle({ ...call, params: control.params })
  }
  refuseUnknown(parts, method, path)
  authorize(parts.apiKey, request)
  return callApi(parts, call)
}

// The key is checked only for paths that exist.
function refuseUnknown({ api, control }: ServerParts, method: string, path: string): void {
  if (methodsOf(api, path).length > 0) return
  const allowed = methodsOf(control, path)
  const message = `Cannot ${method} ${path}`
  if (allowed.length === 0) throw new ApiError(404, { message, code: 'not_found' })
  throw new ApiError(405, { message, code: 'method_not_allowed' }, { allow: allowed.join(', ') })
}

async function callApi({ api, faults, keyLimit, apiKey }: ServerParts, call: Omit<Call, 'params'>): Promise<Answer> {
  const { method, path } = call
  const slow = faults.strike('slow', path)
  if (slow !== null) await delay(slow.delayMs ?? 1000, undefined, { ref: false })
  if (keyLimit.take(apiKey) > 0 || faults.strike('rateLimited', path) !== null) {
    throw new ApiError(429, 'Ratelimited', { 'retry-after': '1' })
  }
  if (faults.strike('hangUp', path) !== null) return { hangUp: true }
  if (faults.strike('outage', path) !== null)
    return { status: 503, html: '<!doctype html><title>503</title><h1>Service Unavailable</h1>' }
  if (faults.strike('serverError', path) !== null) throw new ApiError(500, { message: 'Internal Server Error' })
  const match = matchRoute(api, method, path)
  if (match === null || faults.strike('notFound', path) !== null)
    throw new ApiError(404, { message: `Cannot ${method} ${path}`, code: 'not_found' })
  const query = faults.strike('ignoredFilter', path) === null ? call.query : withoutFilters(call.query)
  const answer = await match.route.handle({ ...call, query, params: match.params })
  const seen = isList(answer.body) ? { ...answer, body: spoilt(answer.body, faults, path) } : answer
  return seen.body !== undefined && faults.strike('brokenBody', path) !== null ? { ...seen, cut: true } : seen
}

function authorize(apiKey: string, { headers }: IncomingMessage): void {
  if (headers.authorization !== `Bearer ${apiKey}`) throw new ApiError(401, { message: 'Unauthorized' })
}

function refusal(error: unknown): Answer {
  if (error instanceof ApiError) return { status: error.status, body: error.body, headers: error.headers }
  const reason = error instanceof Error ? (error.stack ?? error.message) : String(error)
  return { status: 500, body: { message: `The simulator failed: ${reason}`, code: 'simulator_failed' } }
}

interface List {
  data: { id: string }[]
  list_metadata: { before: string | null; after: string | null }
}

const isList = (body: unknown): body is List => typeof body === 'object' && body !== null && 'list_metadata' in body

function spoilt(list: List, faults: Faults, path: string): List {
  if (faults.strike('emptyPage', path) !== null)
    return { ...list, data: [], list_metadata: { before: null, after: null } }
  // Part of the page is missing, and nothing says so.
  if (faults.strike('truncatedPage', path) !== null) {
    const data = list.data.slice(0, Math.ceil(list.data.length / 2))
    return { ...list, data, list_metadata: { ...list.list_metadata, after: null } }
  }
  const first = list.data[0]
  if (first !== undefined && faults.strike('cyclingCursor', path) !== null)
    return { ...list, list_metadata: { ...list.list_metadata, after: first.id } }
  return list
}

function withoutFilters(query: URLSearchParams): URLSearchParams {
  const paging = ['limit', 'order', 'after', 'before', 'events', 'range_start', 'range_end']
  return new URLSearchParams([...query].filter(([name]) => paging.includes(name)))
}
