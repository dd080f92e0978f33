import type { Tx } from '../db/database.ts'

/** The fields that say that a person keeps an account out. */
export const DISABLED_FIELDS = ['disabledAt', 'disabledBy', 'disabledReason'] as const

/** Who keeps an account out whose last identity was erased: until another one joins it, and no longer. */
export const RETENTION = 'retention'

/**
 * Of accounts that have no identity any more: those that must not be let in stay so, as if a person had disabled them. Without
 * an identity that says so, whoever left would be let in again (law 6). Gives which these were.
 */
export async function keepOut(tx: Tx, ids: readonly string[], by: string, reason: string): Promise<string[]> {
  if (ids.length === 0) return []
  const { rows } = await tx.query<{ id: string }>({
    name: 'keep-out',
    text: `
      update account a
      set disabled_at = clock_timestamp(), disabled_by = $2, disabled_reason = $3, updated_at = clock_timestamp()
      where a.id = any($1::text[]) and a.state = 'INACTIVE' and a.disabled_at is null
        and not exists (select from directory_user u where u.account_id = a.id)
      returning a.id`,
    values: [ids, by, reason],
  })
  return rows.map(({ id }) => id)
}
