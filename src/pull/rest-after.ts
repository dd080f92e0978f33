import { UpstreamError } from '../directory/upstream-error.ts'

/** How long WorkOS wants to be left alone after what it answered, in milliseconds; 0 where it does not say. */
export function restAfter(error: unknown): number {
  return error instanceof UpstreamError ? (error.retryAfterMs ?? 0) : 0
}
