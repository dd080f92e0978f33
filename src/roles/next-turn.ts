import { setImmediate } from 'node:timers/promises'

let line: Promise<unknown> = Promise.resolve()

/**
 * Resolves when the caller may go on computing. Of all who compute one does so in each round of the event loop, in the
 * order in which they asked: however many they are, whoever only waits for the database waits for one of them.
 */
export async function nextTurn(): Promise<void> {
  line = line.then(() => setImmediate())
  await line
}
