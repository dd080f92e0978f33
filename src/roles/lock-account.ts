import type { Tx } from '../db/database.ts'
import type { AccountState } from '../directory/changes.ts'
import type { Administrator } from '../operations/administrator.ts'
import { conflict, notFound } from '../operations/refusal.ts'
import { lockMappingsShared } from './mappings-lock.ts'

/** An account about to be changed by hand. */
export interface LockedAccount {
  readonly id: string
  readonly organizationId: string | null
  readonly state: AccountState
  readonly disabledAt: Date | null
  readonly disabledBy: string | null
  readonly disabledReason: string | null
  /** Disabled because it has no identity. */
  readonly keptOut: boolean
}

/**
 * Holds the mappings and locks an account that the caller administers, until the transaction ends. Throws Refusal if
 * there is none or it was deleted.
 */
export async function lockAccount(tx: Tx, id: string, by: Administrator): Promise<LockedAccount> {
  await lockMappingsShared(tx)
  const { rows } = await tx.query<LockedAccount>({
    name: 'lock-account',
    text: `
      select id, organization_id as "organizationId", state, disabled_at as "disabledAt", disabled_by as "disabledBy",
             disabled_reason as "disabledReason", kept_out as "keptOut"
      from account where id = $1 and ($2::text is null or organization_id = $2) for no key update`,
    values: [id, by.organizationId],
  })
  const account = rows[0]
  if (account === undefined) throw notFound('user', id)
  if (account.state === 'DELETED') throw conflict(`${id} was deleted`)
  return account
}
