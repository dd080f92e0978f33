export interface Call {
  method: string
  path: string
  params: Record<string, string>
  query: URLSearchParams
  /** The parsed body; undefined if there was none. */
  body: unknown
}

export interface Answer {
  status?: number
  /** Sent as JSON; nothing is sent if absent. */
  body?: unknown
  /** Whether people read it, who want the JSON in lines. */
  isForPeople?: boolean
  html?: string
  /** Sends half of the body as if it were all of it. */
  cut?: boolean
  /** Breaks the connection without a response. */
  hangUp?: boolean
  headers?: Record<string, string>
}

/** `path` is literal except for segments that begin with a colon. */
export interface Route {
  method: string
  path: string
  handle: (call: Call) => Answer | Promise<Answer>
  /** What it is for, shown in the help. */
  does?: string
}

/** Returns the first route for this method and path, with its parameters decoded; null if there is none. */
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

/** Returns the methods that a path has routes for. */
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

// No id has a malformed escape: the raw text finds nothing, which is the right answer.
function decode(segment: string): string {
  return /%(?![0-9a-f]{2})/i.test(segment) ? segment : decodeURIComponent(segment)
}
