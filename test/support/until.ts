import { setTimeout as sleep } from 'node:timers/promises'

/** Waits for what nothing announces. Throws where it has not come to be in time. */
export async function until(holds: () => Promise<boolean>, milliseconds = 20_000): Promise<void> {
  for (const deadline = Date.now() + milliseconds; !(await holds()); await sleep(20)) {
    if (Date.now() > deadline) throw new Error('It did not come to be')
  }
}
