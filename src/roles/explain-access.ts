import type { Queryable } from '../db/database.ts'
import type { Explanation, Missing } from '../directory/explanation.ts'
import { hiddenReasons } from './hidden-reasons.ts'
import { nearMisses } from './near-misses.ts'

/** What is told of at the most. */
const MOST_TOLD = 100

/** Why an account has a role, or what is missing for it. The asker may see both. */
export async function explainAccess(db: Queryable, accountId: string, roleId: string): Promise<Explanation> {
  const { rows: reasons } = await db.query(
    'select from role_grant where account_id = $1 and role_id = $2 and visible limit 1',
    [accountId, roleId],
  )
  const granted = reasons.length > 0
  const found = granted
    ? []
    : [
        ...(await hiddenReasons(db, accountId, roleId, MOST_TOLD + 1)),
        ...(await nearMisses(db, accountId, roleId, MOST_TOLD + 1)),
      ]
  const missing: readonly Missing[] = granted || found.length > 0 ? found : [NO_MAPPING]
  return { accountId, roleId, granted, missing: missing.slice(0, MOST_TOLD), hasMore: missing.length > MOST_TOLD }
}

const NO_MAPPING: Missing = {
  kind: 'NO_MAPPING',
  message: 'No mapping grants the role within the organization, and nobody has granted it by hand',
  mappingId: null,
  groupId: null,
  directoryUserId: null,
}
