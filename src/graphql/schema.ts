// The schema, assembled from one file per subject. Each registers itself with the builder when imported.
import { builder } from './builder.ts'
import './scalars.ts'
import './error-types.ts'
import './node.ts'
import './viewer.ts'
import './organization.ts'
import './directory.ts'
import './directory-user.ts'
import './user-attributes.ts'
import './attribute-mapping.ts'
import './directory-group.ts'
import './user.ts'
import './role.ts'
import './changes/change.ts'
import './changes/directory-change.ts'
import './role-mapping.ts'
import './role-assignment.ts'
import './role-users.ts'
import './in-use-error-type.ts'
import './role-actions.ts'
import './role-mapping-actions.ts'
import './role-grant-actions.ts'
import './role-plan.ts'
import './role-plan-actions.ts'
import './explain-access.ts'
import './changes/user-change.ts'
import './changes/role-change.ts'
import './uploaded-file.ts'
import './user-actions.ts'
import './user-links.ts'
import './upsert-users.ts'
import './organization-actions.ts'
import './changes/organization-change.ts'
import './changes/events-change.ts'
import './changes/attribute-mapping-change.ts'
import './event.ts'
import './event-actions.ts'
import './sync-run.ts'
import './sync-run-actions.ts'
import './guard.ts'
import './changes/guard-change.ts'
import './changes/sync-run-change.ts'
import './changes/directory-guard-change.ts'
import './sync-health.ts'
import './sync-stats.ts'
import './api-key.ts'
import './changes/api-key-change.ts'
import './cost-estimate.ts'
import './portal-link.ts'
import './webhook-endpoint.ts'
import './webhook-delivery.ts'
import './webhook-endpoint-actions.ts'
import './webhook-delivery-actions.ts'
import './changes/webhook-endpoint-change.ts'
import './setup-invitation.ts'
import './setup-invitation-actions.ts'
import './changes/portal-change.ts'
import { weighJson } from './weigh-json.ts'

// Denied by default: reading the mirror needs its scope, including for fields added later.
builder.queryType({
  description: 'What can be read. Everything except `viewer` needs the scope `directory:read`.',
  authScopes: { scope: 'directory:read' },
})
builder.mutationType({
  description: 'What can be done. Each mutation takes one input and returns what it did, or why it did not.',
})
builder.subscriptionType({
  description: 'What can be followed. Needs the scope `directory:read`.',
  authScopes: { scope: 'directory:read' },
})

// Sorting would build it twice; scripts/print-schema.ts sorts instead.
export const schema = weighJson(builder.toSchema({ sortSchema: false }))
