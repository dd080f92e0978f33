/** A moment after everything that was committed, and before whatever comes: the log's clock is that of this machine. */
export async function momentAfter(): Promise<string> {
  const at = Date.now() + 1
  while (Date.now() <= at) await new Promise(setImmediate)
  return new Date(at).toISOString()
}
