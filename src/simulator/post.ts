import { isoTime, type Clock } from './clock.ts'
import type { EventEnvelope } from './payload.ts'
import { signDelivery } from './sign.ts'

export interface Endpoint {
  url: string
  secret: string
}

export interface Attempt {
  at: string
  durationMs: number
  /** The endpoint's status; null if it did not respond. */
  status: number | null
  answer: string | null
  error: string | null
}

interface PostOptions {
  readonly clock: Clock
  readonly timeoutMs: number
  readonly signal: AbortSignal
}

/** Sends an event to the endpoint once, signed. Never throws: what went wrong is in the attempt. */
export async function post(
  endpoint: Endpoint | null,
  envelope: EventEnvelope,
  { clock, timeoutMs, signal }: PostOptions,
): Promise<Attempt> {
  const [now, started] = [clock.now(), performance.now()]
  const since = () => ({ at: isoTime(now), durationMs: Math.round(performance.now() - started) })
  if (endpoint === null) return { ...since(), status: null, answer: null, error: 'there is no endpoint' }
  const body = JSON.stringify(envelope)
  try {
    const response = await fetch(endpoint.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'workos-signature': signDelivery(body, endpoint.secret, now) },
      body,
      redirect: 'manual',
      signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
    })
    const answer = (await response.text()).slice(0, 500)
    return { ...since(), status: response.status, answer, error: null }
  } catch (error) {
    return { ...since(), status: null, answer: null, error: reasonOf(error) }
  }
}

// fetch only says "fetch failed"; the reason is in the cause.
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message
}
