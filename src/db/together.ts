import { isOfAborted } from './errors.ts'

/**
 * Awaits what was begun on one transaction at the same time, so that its statements went out together. Only when all of
 * it has ended: of what is still under way when the transaction is given up, the next statement would come after the
 * rollback. Throws the failure that made the others fail.
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
