import { byHand } from '../changes/by-hand.ts'
import { tellAct } from '../changes/tell-act.ts'
import type { Database } from '../db/database.ts'
import { inTransaction } from '../db/transaction.ts'
import type { GeneratePortalLink, GeneratePortalLinkFor } from '../operations/portal-link.ts'

interface GenerateLinkOptions {
  readonly db: Database
  readonly generatePortalLink: GeneratePortalLink
  readonly now: () => Date
}

/** WorkOS creates the link: it is recorded in the change log afterwards, and returned only if that succeeded. */
export function createGenerateLink({ db, generatePortalLink, now }: GenerateLinkOptions): GeneratePortalLinkFor {
  return async (request, actor) => {
    const link = await generatePortalLink(request)
    if (link === null) return null
    const { organizationId, intent } = request
    await inTransaction(db.pool, (tx) =>
      tellAct(tx, byHand({ actor }, now()), { kind: 'PORTAL_LINK_GENERATED', organizationId, detail: { intent } }),
    )
    return link
  }
}
