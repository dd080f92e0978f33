import type { Duplex } from 'node:stream'
import pg from 'pg'

type Ask = (...given: readonly unknown[]) => unknown

/** Ten seconds longer than a statement may take: see database.ts. */
const USUAL_PATIENCE_MS = 40_000

/** How long to wait for the other side to close an ended connection. */
const GOODBYE_MS = 3_000

/**
 * Uses pg's callback API: its promises are promoted to V8's old space, which cost a fifth of the time on large reads
 * (--trace-gc). Breaks the connection if nothing is answered for too long: where the path to PostgreSQL has gone
 * silent, as after a failover, TCP would keep trying for a quarter of an hour.
 */
export class Client extends pg.Client {
  #patienceMs = USUAL_PATIENCE_MS
  #unanswered = 0
  #silence: NodeJS.Timeout | undefined

  /** Sets how long no statement may be answered while some are under way; without a number, the usual time. */
  waitFor(patienceMs = USUAL_PATIENCE_MS): void {
    if (patienceMs === this.#patienceMs) return
    this.#patienceMs = patienceMs
    clearTimeout(this.#silence)
    this.#silence = undefined
    if (this.#unanswered > 0) this.#watch()
  }

  /** Has the overloads of pg's own, hence the loose types. */
  override query(...given: readonly unknown[]): never {
    const ask: Ask = (...asked) => (super.query as unknown as Ask).apply(this, [...asked])
    const [what, values] = given
    // An object with `submit` reports its own result.
    if (typeof (what as { submit?: unknown }).submit === 'function') return ask(...given) as never
    this.#unanswered += 1
    if (this.#unanswered === 1) this.#watch()
    if (given.some((one) => typeof one === 'function'))
      return ask(...given.map((one) => (typeof one === 'function' ? this.#noted(one as Callback) : one))) as never
    return promised((callback) => ask(what, values, this.#noted(callback))) as never
  }

  #noted(callback: Callback): Callback {
    return (error, result) => {
      this.#unanswered -= 1
      if (this.#unanswered > 0) this.#watch()
      callback(error, result)
    }
  }

  /** Ends the connection, even if the other side no longer answers its goodbye. */
  override end(...given: readonly unknown[]): never {
    const leaving = setTimeout(() => (this.#unanswered > 0 ? leaving.refresh() : this.#break()), GOODBYE_MS).unref()
    this.once('end', () => clearTimeout(leaving))
    return (super.end as unknown as Ask).apply(this, [...given]) as never
  }

  #break(why?: Error): void {
    ;(this as unknown as { connection: { stream: Duplex } }).connection.stream.destroy(why)
  }

  // One timer, which is not stopped when all is answered: that would cost more than letting it run out.
  #watch(): void {
    if (this.#silence !== undefined) return void this.#silence.refresh()
    this.#silence = setTimeout(() => {
      if (this.#unanswered === 0) return
      this.#break(new Error(`Connection terminated: nothing was answered for ${this.#patienceMs} ms`))
    }, this.#patienceMs).unref()
  }
}

type Callback = (error: unknown, result: unknown) => void

async function promised(ask: (callback: Callback) => unknown): Promise<unknown> {
  try {
    return await new Promise((resolve, reject) =>
      ask((error, result) => (error == null ? resolve(result) : reject(error))),
    )
  } catch (error) {
    // The stack should show the caller, not where the answer was read.
    if (error instanceof Error) Error.captureStackTrace(error)
    throw error
  }
}
