import { setTimeout as sleep } from 'node:timers/promises'

/** Polls for what nothing announces. Throws if it does not happen in time. */
export async function until(holds: () => boolean | Promise<boolean>, milliseconds = 20_000): Promise<void> {
  for (const deadline = Date.now() + milliseconds; !(await holds()); await sleep(20)) {
    if (Date.now() > deadline) throw new Error('It did not come to be')
  }
}
