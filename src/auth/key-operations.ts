import { byHand } from '../changes/by-hand.ts'
import { tellAct } from '../changes/tell-act.ts'
import type { Database } from '../db/database.ts'
import { inTransaction } from '../db/transaction.ts'
import type { Administrator } from '../operations/administrator.ts'
import { createApiKey, revokeApiKey, type CreatedKey, type NewApiKey } from './api-key.ts'

/** Operations on keys, for mutations and the command line. The change log records who did them. */
export interface KeyOperations {
  create(key: NewApiKey): Promise<CreatedKey>
  /** Revokes a key; does nothing if it has been revoked. Resolves to whether there is one that they may revoke. */
  revoke(id: string, by: Administrator): Promise<boolean>
}

interface KeyOperationsOptions {
  readonly db: Database
  readonly now: () => Date
}

export function createKeyOperations({ db, now }: KeyOperationsOptions): KeyOperations {
  return {
    create: (key) =>
      inTransaction(db.pool, async (tx) => {
        const made = await createApiKey(tx, key)
        const { organizationId, createdBy: actor } = key
        const act = { kind: 'API_KEY_CREATED', organizationId, detail: { apiKeyId: made.id } } as const
        await tellAct(tx, byHand({ actor }, now()), act)
        return made
      }),
    revoke: (id, by) =>
      inTransaction(db.pool, async (tx) => {
        const key = await revokeApiKey(tx, id, by.organizationId, now())
        if (key === null) return false
        const { organizationId, revoked } = key
        if (revoked)
          await tellAct(tx, byHand(by, now()), { kind: 'API_KEY_REVOKED', organizationId, detail: { apiKeyId: id } })
        return true
      }),
  }
}
