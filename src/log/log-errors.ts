import { UpstreamError } from '../operations/upstream-error.ts'
import type { Log } from './log.ts'
import { errorText } from '../text/error-text.ts'
import { createRepeats } from './repeats.ts'

/** While a database is away, thousands of deliveries a minute fail for the same reason. */
const SAME_MS = 10_000

/**
 * Logs errors by where they happened: with the stack, unless WorkOS refused, which no line of ours explains. The same
 * error is logged at most every ten seconds, with how often it happened.
 */
export function logErrors(log: Log): (where: string) => (error: unknown) => void {
  const repeats = createRepeats(SAME_MS)
  return (where) => (error) => {
    const text = errorText(error)
    const count = repeats(`${where}\n${text}`)
    if (count === null) return
    const times = count > 1 ? { times: count } : {}
    if (error instanceof UpstreamError) {
      const { message, status, code, requestId, cause } = error
      const why = cause instanceof Error ? (causeOf(cause) ?? cause.message) : undefined
      log.error({ error: message, status, code, requestId, cause: why, ...times }, where)
    } else log.error({ err: error, ...times }, where)
  }
}

// fetch only says "fetch failed"; the reason is in its cause: ECONNREFUSED and the like.
function causeOf({ cause }: Error): string | undefined {
  return cause instanceof Error ? ((cause as { code?: string }).code ?? cause.message) : undefined
}
