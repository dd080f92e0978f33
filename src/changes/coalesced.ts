/**
 * Returns a function that does `work`, one run at a time: calls during a run are answered by one more run, since the
 * present one may have begun before what they are about. The promise resolves once all requested runs have ended; an
 * error ends its run alone.
 */
export function coalesced(work: () => Promise<void>, onError: (error: unknown) => void): () => Promise<void> {
  let again = false
  let running: Promise<void> | null = null

  async function run(): Promise<void> {
    while (again) {
      again = false
      await work().catch(onError)
    }
    // In the same turn as the last look at `again`: a call in between would wait for a run that never begins.
    running = null
  }

  return () => {
    again = true
    return (running ??= run())
  }
}
