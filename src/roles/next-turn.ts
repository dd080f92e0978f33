import { setImmediate } from 'node:timers/promises'

let line: Promise<unknown> = Promise.resolve()

/**
 * Resolves when the caller may go on computing. In each round of the event loop one caller does, in the order in which
 * they asked: however many there are, anything that only waits for the database waits for one of them.
 */
export async function nextTurn(): Promise<void> {
  line = line.then(() => setImmediate())
  await line
}
