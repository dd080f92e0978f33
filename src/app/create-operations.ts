import { queueAccounts } from '../accounts/due.ts'
import { queueMappings } from '../accounts/due-mappings.ts'
import { createAccountOperations } from '../accounts/operations.ts'
import { settle } from '../accounts/settle-access.ts'
import { createKeyOperations } from '../auth/key-operations.ts'
import type { Operations } from '../graphql/context.ts'
import { createDiscardEvents } from '../inbox/discard.ts'
import { createReplayEvents } from '../inbox/replay.ts'
import { drainDue } from '../accounts/settle-next.ts'
import { createWebhookOperations } from '../outbound/webhook-operations.ts'
import { createRunOperations } from '../pull/manage-runs.ts'
import { createGuardOperations } from '../guard/guard-operations.ts'
import { createRoleOperations } from '../roles/role-operations.ts'
import type { SetupInvitations } from '../setup/setup-invitations.ts'
import type { Base } from './base.ts'
import type { Work } from './start-work.ts'

/** The operations behind mutations, from the modules that own them. */
export function createOperations(
  { config, db, now }: Base,
  { worker, outbound, mappings, pull }: Work,
  setupInvitations: SetupInvitations,
): Operations {
  return {
    keys: createKeyOperations({ db, now }),
    generatePortalLink: setupInvitations.generateLink,
    sendSetupInvitation: setupInvitations.send,
    revokeSetupInvitation: setupInvitations.revoke,
    runs: createRunOperations({ db, now, nudge: () => pull.carryOutRuns() }),
    guard: createGuardOperations({
      db,
      now,
      onRunDecided: () => pull.carryOutRuns(),
      onReleased: worker.nudge,
    }),
    replayEvents: createReplayEvents({ db, now, onReplayed: worker.nudge }),
    discardEvents: createDiscardEvents({ db, now, onReleased: worker.nudge }),
    webhooks: createWebhookOperations({ db, allowPrivate: config.outbound.allowPrivate, now, onDue: outbound.nudge }),
    roles: createRoleOperations({
      db,
      now,
      settlement: {
        queue: queueAccounts,
        queueMappings,
        settle,
        drain: () => drainDue(db, worker.nudge), // the workers share the work
      },
    }),
    updateAttributeMapping: mappings.update,
    accounts: createAccountOperations({ db, now, onDue: worker.nudge }),
  }
}
