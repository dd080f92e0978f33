import type { GenerateLinkIntent, WorkOS } from '@workos-inc/node'
import * as z from 'zod'
import type { GeneratePortalLink, PortalIntent, PortalLinkRequest } from '../operations/portal-link.ts'
import { UpstreamError } from '../operations/upstream-error.ts'
import { call, known } from './call.ts'

/** How long WorkOS's links live; they cannot be revoked (workos.com/docs/admin-portal). */
const LIFETIME_MS = 5 * 60_000

const INTENTS: Readonly<Record<PortalIntent, GenerateLinkIntent>> = {
  DSYNC: 'dsync',
  SSO: 'sso',
  AUDIT_LOGS: 'audit_logs',
  LOG_STREAMS: 'log_streams',
  DOMAIN_VERIFICATION: 'domain_verification',
  CERTIFICATE_RENEWAL: 'certificate_renewal',
}

const Answer = z.object({ link: z.url({ protocol: /^https?$/ }) })

interface PortalOptions {
  readonly workos: WorkOS
  readonly now: () => Date
  /** Called for every link that WorkOS did not make, except for unknown organizations: the caller is told less. */
  readonly onError: (error: UpstreamError) => void
}

/** Makes links to the Admin Portal with the SDK, in as many attempts as `workos` was configured for. */
export function createGeneratePortalLink({ workos, now, onError }: PortalOptions): GeneratePortalLink {
  return async (request) => {
    // Read before the call: a repeated call may be answered with the link of the first, and no link may be promised for
    // longer than it lives.
    const expiresAt = new Date(now().getTime() + LIFETIME_MS)
    try {
      const url = await generate(workos, request)
      return url === null ? null : { url, expiresAt, intent: request.intent }
    } catch (error) {
      if (error instanceof UpstreamError) onError(error)
      throw error
    }
  }
}

async function generate(workos: WorkOS, request: PortalLinkRequest): Promise<string | null> {
  const { organizationId, intent, returnUrl, successUrl } = request
  const options = {
    organization: organizationId,
    intent: INTENTS[intent],
    ...(returnUrl !== null && { returnUrl }),
    ...(successUrl !== null && { successUrl }),
  }
  // The SDK returns null for anything that is not JSON.
  const answer = await known(call(async () => Answer.parse(await workos.adminPortal.generateLink(options))))
  return answer?.link ?? null
}
