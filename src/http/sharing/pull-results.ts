import { Repeater } from '@repeaterjs/repeater'
import type { ExecutionResult } from 'graphql'
import type { Listener } from './shared-results.ts'

type Results = ExecutionResult | AsyncIterableIterator<ExecutionResult>

/**
 * Yields the results of a shared subscription one after another, whether they are shared with others or made for it
 * alone.
 */
export async function pullResults(subscribe: (listener: Listener) => Promise<Results>): Promise<Results> {
  let take: Listener['take'] = () => false
  const results = await subscribe({ take: (result) => take(result) })
  if (!(Symbol.asyncIterator in results)) return results
  return new Repeater<ExecutionResult>(async (push, stop) => {
    const left = stop.then(() => results.return!())
    let isReady = true
    take = (result) => {
      if (!isReady) return false
      isReady = false
      // Resolves once the next result is requested, that is, when the client has consumed this one.
      void push(textedOnce(result)).then(() => (isReady = true))
      return true
    }
    try {
      for await (const result of results) await push(textedOnce(result))
    } finally {
      stop()
      await left
    }
  })
}

/** A result with the function that Yoga serializes it with. */
interface Texted extends ExecutionResult {
  readonly stringify: (plain: ExecutionResult) => string
}

// Shared results are serialized only once.
const texted = new WeakMap<ExecutionResult, Texted>()

function textedOnce(result: ExecutionResult): Texted {
  let known = texted.get(result)
  if (known === undefined) {
    let text: string | null = null
    known = { ...result, stringify: (plain) => (text ??= JSON.stringify(plain)) }
    texted.set(result, known)
  }
  return known
}
