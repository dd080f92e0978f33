import { isOfAborted } from './errors.ts'

/**
 * Awaits work begun at the same time on one transaction, so that its statements were sent together. Waits until all of
 * it has ended: if the transaction were rolled back earlier, the next statement of unfinished work would run after the
 * rollback. Throws the error that made the others fail.
 */
export async function together<const Begun extends readonly unknown[]>(
  ...begun: Begun
): Promise<{ -readonly [Index in keyof Begun]: Awaited<Begun[Index]> }> {
  const ended = await Promise.allSettled(begun)
  const failures = ended.flatMap((one) => (one.status === 'rejected' ? [one.reason as unknown] : []))
  if (failures.length > 0) throw failures.find((failure) => !isOfAborted(failure)) ?? failures[0]
  const values = ended.map((one) => (one.status === 'fulfilled' ? one.value : undefined))
  return values as { -readonly [Index in keyof Begun]: Awaited<Begun[Index]> }
}
