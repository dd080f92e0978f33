import { appendChanges, type ChangeDraft } from '../changes/append.ts'
import { byHand } from '../changes/by-hand.ts'
import { draftChange, type Why } from '../changes/draft-change.ts'
import type { Tx } from '../db/database.ts'
import type { JsonObject } from '../directory/objects.ts'
import type { Administrator } from '../operations/administrator.ts'
import { lockAccount, type LockedAccount } from '../roles/lock-account.ts'
import { DISABLED_FIELDS } from './keep-out.ts'
import { settle } from './settle-access.ts'

export interface Disabling {
  readonly accountId: string
  readonly disabled: boolean
  /** For readers of the change log. */
  readonly reason: string
}

/**
 * Disables an account whatever its identities say, or lets it follow them again. If it is so already, it stays
 * unchanged, with the person who did it first. Throws Refusal.
 */
export async function setDisabled(tx: Tx, disabling: Disabling, by: Administrator, now: Date): Promise<void> {
  const { accountId, disabled, reason } = disabling
  const account = await lockAccount(tx, accountId, by)
  // If only the lack of an identity keeps it out, a person may still decide.
  if ((account.disabledAt !== null) === disabled && !(disabled && account.keptOut)) return
  await tx.query({
    name: 'set-disabled',
    text: `
      update account
      set disabled_at = case when $2 then clock_timestamp() end, disabled_by = case when $2 then $3 end,
          disabled_reason = case when $2 then $4 end, kept_out = false, updated_at = clock_timestamp()
      where id = $1`,
    values: [accountId, disabled, by.actor, reason],
  })
  const why = byHand(by, now)
  const settled = await settle(tx, new Map([[accountId, why]]))
  await appendChanges(tx, told(settled, account, why, reason))
}

// A change of state says it all; without one, the change says that the account is, or is no longer, disabled.
function told(settled: readonly ChangeDraft[], account: LockedAccount, why: Why, reason: string): ChangeDraft[] {
  const detail = { reason }
  const turns = settled.some(({ kind }) => kind === 'USER_DEACTIVATED' || kind === 'USER_REACTIVATED')
  if (turns)
    return settled.map((draft) =>
      draft.kind === 'USER_DEACTIVATED' || draft.kind === 'USER_REACTIVATED' ? { ...draft, detail } : draft,
    )
  const previous: JsonObject = {
    disabledAt: account.disabledAt?.toISOString() ?? null,
    disabledBy: account.disabledBy,
    disabledReason: account.disabledReason,
  }
  const { id: accountId, organizationId } = account
  const changed = { changedFields: [...DISABLED_FIELDS], previous, detail }
  return [draftChange(why, { kind: 'USER_UPDATED', accountId, organizationId, ...changed }), ...settled]
}
