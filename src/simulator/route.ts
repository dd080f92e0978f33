export interface Call {
  method: string
  path: string
  params: Record<string, string>
  query: URLSearchParams
  /** The parsed body; undefined where there was none. */
  body: unknown
}

export interface Answer {
  status?: number
  /** Sent as JSON; nothing is sent if absent. */
  body?: unknown
  html?: string
  /** Send half of the body as if it were all of it. */
  cut?: boolean
  /** Break the connection without an answer. */
  hangUp?: boolean
  headers?: Record<string, string>
}

/** `path` is literal but for segments that begin with a colon. */
export interface Route {
  method: string
  path: string
  handle: (call: Call) => Answer | Promise<Answer>
  /** What it is for, where people may want to know. */
  does?: string
}

/** The first route for this method and path, with its parameters decoded; null where there is none. */
export function matchRoute(
  routes: readonly Route[],
  method: string,
  path: string,
): { route: Route; params: Record<string, string> } | null {
  for (const route of routes) {
    const params = route.method === method ? matchPath(route.path, path) : null
    if (params !== null) return { route, params }
  }
  return null
}

/** The methods that a path is there for. */
export function methodsOf(routes: readonly Route[], path: string): string[] {
  return routes.filter((route) => matchPath(route.path, path) !== null).map(({ method }) => method)
}

function matchPath(pattern: string, path: string): Record<string, string> | null {
  const wanted = pattern.split('/')
  const given = path.split('/')
  if (wanted.length !== given.length) return null
  const params: Record<string, string> = {}
  for (const [at, segment] of wanted.entries()) {
    if (segment.startsWith(':')) params[segment.slice(1)] = decode(given[at]!)
    else if (segment !== given[at]) return null
  }
  return params
}

// A malformed escape is nobody's id: the raw text finds nothing, which is the answer.
function decode(segment: string): string {
  return /%(?![0-9a-f]{2})/i.test(segment) ? segment : decodeURIComponent(segment)
}
