import { WorkOS } from '@workos-inc/node'

export interface WorkosOptions {
  readonly apiKey: string
  readonly clientId: string | null
  /** https://api.workos.com, or the simulator's. */
  readonly baseUrl: string
}

/** The official SDK, pointed at `baseUrl`. It retries by itself: 408, 429 with Retry-After, 5xx and broken connections. */
export function createWorkos({ apiKey, clientId, baseUrl }: WorkosOptions): WorkOS {
  const { hostname, port, protocol } = new URL(baseUrl)
  return new WorkOS(apiKey, {
    apiHostname: hostname,
    https: protocol === 'https:',
    timeout: 10_000,
    ...(port === '' ? {} : { port: Number(port) }),
    ...(clientId === null ? {} : { clientId }),
  })
}
