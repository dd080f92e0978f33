import { UpstreamError } from './directory/upstream-error.ts'
import type { Log } from './log.ts'

/**
 * What went wrong, by where it did: with the stack, unless it was WorkOS that said no, which no line of ours explains.
 */
export function logErrors(log: Log): (where: string) => (error: unknown) => void {
  return (where) => (error) => {
    if (error instanceof UpstreamError) {
      const { message, status, code, requestId, cause } = error
      const why = cause instanceof Error ? (causeOf(cause) ?? cause.message) : undefined
      log.error({ error: message, status, code, requestId, cause: why }, where)
    } else log.error({ err: error }, where)
  }
}

// fetch says "fetch failed" and has the reason in the cause of its own: ECONNREFUSED and the like.
function causeOf({ cause }: Error): string | undefined {
  return cause instanceof Error ? ((cause as { code?: string }).code ?? cause.message) : undefined
}
