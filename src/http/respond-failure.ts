import type { ServerResponse } from 'node:http'
import { refusalOf } from './refusal-of.ts'
import { respond } from './respond.ts'

/** Why a request is refused, with an HTTP status. */
export class RequestError extends Error {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>

  constructor(status: number, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(message)
    this.name = 'RequestError'
    this.status = status
    this.headers = headers
  }
}

/** Responds with why a request failed; with `fault` if that is a bug. What its sender has not caused is reported. */
export function respondFailure(
  response: ServerResponse,
  error: unknown,
  fault: string,
  onError: (error: unknown) => void,
): void {
  const refusal = error instanceof RequestError ? error : refusalOf(error)
  if (refusal === null || refusal.status >= 500) onError(error)
  if (refusal === null) respond(response, 500, { error: fault })
  else respond(response, refusal.status, { error: refusal.message }, refusal.headers)
}
