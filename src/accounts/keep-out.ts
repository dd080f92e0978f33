import type { Tx } from '../db/database.ts'

/** The fields that say that an account is disabled. */
export const DISABLED_FIELDS = ['disabledAt', 'disabledBy', 'disabledReason'] as const

/**
 * Disables those accounts that have no identity left and must not be let in, until another identity joins them or a
 * caller enables them. With no identity to say so, a leaver would be let in again (law 6). Returns the ids of these.
 */
export async function keepOut(tx: Tx, ids: readonly string[], by: string, reason: string): Promise<string[]> {
  return write(tx, 'keep-out', `${KEEP_OUT} and a.state = 'INACTIVE'`, [ids, by, reason])
}

/**
 * The same for all accounts that have no identity left, including those active until now: their identities have moved.
 */
export async function keepOutAll(tx: Tx, ids: readonly string[], by: string, reason: string): Promise<string[]> {
  return write(tx, 'keep-out-all', KEEP_OUT, [ids, by, reason])
}

async function write(
  tx: Tx,
  name: string,
  text: string,
  values: [readonly string[], string, string],
): Promise<string[]> {
  if (values[0].length === 0) return []
  const { rows } = await tx.query<{ id: string }>({ name, text: `${text} returning a.id`, values })
  return rows.map(({ id }) => id)
}

const KEEP_OUT = `
  update account a
  set disabled_at = clock_timestamp(), disabled_by = $2, disabled_reason = $3, kept_out = true, updated_at = clock_timestamp()
  where a.id = any($1::text[]) and a.disabled_at is null
    and not exists (select from directory_user u where u.account_id = a.id)`
