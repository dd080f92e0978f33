import { tellAct } from '../changes/tell-act.ts'
import type { Database } from '../db/database.ts'
import { inTransaction } from '../db/transaction.ts'
import type { GeneratePortalLink, GeneratePortalLinkFor } from '../directory/portal-link.ts'

export interface GenerateLinkOptions {
  readonly db: Database
  readonly generatePortalLink: GeneratePortalLink
  readonly now: () => Date
}

/** The link is WorkOS's: it is told of when it is there, and given to nobody where it could not be told of. */
export function createGenerateLink({ db, generatePortalLink, now }: GenerateLinkOptions): GeneratePortalLinkFor {
  return async (request, actor) => {
    const link = await generatePortalLink(request)
    if (link === null) return null
    const { organizationId, intent } = request
    await inTransaction(db.pool, (tx) =>
      tellAct(tx, { kind: 'PORTAL_LINK_GENERATED', organizationId, actor, detail: { intent } }, now()),
    )
    return link
  }
}
