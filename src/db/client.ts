import pg from 'pg'

type Ask = (...given: readonly unknown[]) => unknown

/**
 * A connection. What pg promises by itself, V8 takes for alive until it collects old garbage: all rows were moved there
 * first, which took a fifth of the time of whoever reads many (--trace-gc). Of what pg tells a callback nothing is
 * kept, as where its own pool asks.
 */
export class Client extends pg.Client {
  /** As pg's own, which is why its types are what they are. */
  override query(...given: readonly unknown[]): never {
    const [what, values] = given
    const ask: Ask = (...asked) => (super.query as unknown as Ask).apply(this, [...asked])
    // What is submitted as an object tells by itself what comes of it.
    const tells =
      given.some((one) => typeof one === 'function') || typeof (what as { submit?: unknown }).submit === 'function'
    if (tells) return ask(...given) as never
    return promised((callback) => ask(what, values, callback)) as never
  }
}

type Callback = (error: unknown, result: unknown) => void

async function promised(ask: (callback: Callback) => unknown): Promise<unknown> {
  try {
    return await new Promise((resolve, reject) =>
      ask((error, result) => (error == null ? resolve(result) : reject(error))),
    )
  } catch (error) {
    // Where it was asked, and not where the answer was read.
    if (error instanceof Error) Error.captureStackTrace(error)
    throw error
  }
}
